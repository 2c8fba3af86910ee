# authspec with the browser that it drives: docker build --tag authspec . && docker run --rm authspec
# Checked by hadolint, and what the second stage installs was tried in a Debian without anything else; it was not built as a
# whole, as there is no registry here to take its images from.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --profile dist

FROM debian:bookworm-slim
WORKDIR /tmp
# The driver's package wants the whole of Chromium, which the driver itself does not; and nothing here is drawn by a graphics
# card, for which LLVM would be there. Versions are Debian's: it keeps no others, and a browser should be the newest.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install --yes --no-install-recommends ca-certificates chromium-headless-shell && \
    apt-get download chromium-driver && dpkg-deb --extract chromium-driver_*.deb driver && \
    mv driver/usr/bin/chromedriver /usr/local/bin/ && \
    dpkg --purge --force-depends libgl1-mesa-dri libllvm15 libz3-4 && \
    rm -rf /tmp/* /var/lib/apt/lists/* /var/cache/apt/* && \
    useradd --create-home --uid 1000 authspec && install --directory --owner=authspec /work
COPY --from=build /source/target/dist/authspec /usr/local/bin/authspec
COPY ci/try /usr/local/bin/authspec-try
# As systemd has it: the browser's own sandbox cannot be had in here.
ENV container=oci
USER 1000
WORKDIR /work
ENTRYPOINT ["authspec"]
