//! A proxy that tunnels (RFC9110 §9.3.6), whatever host it is asked for, to one port of this machine.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// It runs until the test ends.
pub(crate) struct Proxy {
    pub(crate) url: String,
    hosts: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let hosts = Arc::<Mutex<Vec<String>>>::default();
        let asked = Arc::clone(&hosts);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let asked = Arc::clone(&asked);
                std::thread::spawn(move || tunnel(stream, port, &asked));
            }
        });
        Self { url, hosts }
    }

    /// How many tunnels it was asked for.
    pub(crate) fn count(&self) -> usize {
        self.hosts.lock().unwrap().len()
    }

    /// The hosts of these.
    pub(crate) fn hosts(&self) -> Vec<String> {
        self.hosts.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, port: u16, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let Some(host) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()) else {
        return forward(client, port, &head, asked);
    };
    // Browsers ask for hosts of their own makers' too.
    if host != "as.test" {
        asked.lock().unwrap().push(host.to_owned());
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
    }
    asked.lock().unwrap().push(host.to_owned());
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let there = std::thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Write)
    });
    let _ = io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = there.join();
    Ok(())
}

/// Passes on one request over plain HTTP, and its answer (RFC9112 §3.2.2).
fn forward(
    mut client: TcpStream,
    port: u16,
    head: &str,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let host = head.split("http://").nth(1).and_then(|rest| rest.split(['/', ' ']).next());
    asked.lock().unwrap().push(host.unwrap_or_default().to_owned());
    let head =
        head.replacen("http://as.test", "", 1).replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    server.write_all(head.as_bytes())?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || io::copy(&mut from, &mut to));
    let _ = io::copy(&mut server, &mut client);
    client.shutdown(Shutdown::Both)
}
