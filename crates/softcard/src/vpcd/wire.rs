//! Messages on the connection.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
};
use zeroize::Zeroizing;

/// Receives one message. It may hold a PIN: the buffer is wiped.
pub(super) fn receive(stream: &mut TcpStream) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut length = [0; 2];
    fill(stream, &mut length)?;
    let mut message = Zeroizing::new(vec![0; usize::from(u16::from_be_bytes(length))]);
    fill(stream, &mut message)?;
    Ok(message)
}

/// Sends one message, in one segment.
pub(super) fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 + message.len()));
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(message);
    stream.write_all(&bytes)
}

/// Reads until the buffer is full: vpcd 3.3 sends length and body apart.
fn fill(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        acknowledge_at_once(stream)?;
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Without it the driver's second segment waits for the acknowledgement of its first, and that for 40 ms: at every command. Linux
/// forgets the wish at its own discretion, so it is renewed before each read.
#[cfg(target_os = "linux")]
fn acknowledge_at_once(stream: &TcpStream) -> io::Result<()> {
    rustix::net::sockopt::set_tcp_quickack(stream, true)?;
    Ok(())
}

/// Elsewhere there is no such wish.
#[cfg(not(target_os = "linux"))]
fn acknowledge_at_once(_: &TcpStream) -> io::Result<()> {
    Ok(())
}
