//! Ports that a target file leaves open, to be chosen when its server is started.

use crate::source::Source;

/// The placeholder for the port of a server that a test starts.
const PORT: &str = "{port}";

/// The placeholder for the port of its clients' redirect URIs.
const CALLBACK_PORT: &str = "{callback.port}";

/// The ports that a target file calls `{port}` and `{callback.port}`: the program that starts the
/// server chooses free ones, so that tests need no fixed ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// The port of the server.
    pub server: u16,
    /// The port of its clients' redirect URIs.
    pub callback: u16,
}

impl Ports {
    /// The file with the ports filled in.
    pub(super) fn fill(self, source: &Source) -> Source {
        let text = source.text.replace(PORT, &self.server.to_string());
        let text = text.replace(CALLBACK_PORT, &self.callback.to_string());
        Source::of_secrets(&source.name, text)
    }
}

/// What is wrong with an address whose port is still open.
pub(super) fn open_port(address: &str) -> Option<String> {
    let open = [PORT, CALLBACK_PORT].into_iter().find(|open| address.contains(open))?;
    Some(format!("`{open}` is not filled in here"))
}

/// The advice for it.
pub(super) const FIXED_PORT: &str = "write the number of the port, or let a test start the \
                                     server, by `authspec::Harness::start`, which fills it in";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_filled_in_wherever_they_stand() {
        let text = "issuer = \"http://127.0.0.1:{port}\"\nuri = \"http://[::1]:{callback.port}/\"";
        let filled = Ports { server: 1, callback: 22 }.fill(&Source::new("target.toml", text));
        assert_eq!(filled.name, "target.toml");
        assert_eq!(filled.text, "issuer = \"http://127.0.0.1:1\"\nuri = \"http://[::1]:22/\"");
    }
}
