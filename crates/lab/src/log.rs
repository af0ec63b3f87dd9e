//! What pcscd writes about cards and commands.

/// A command that went through pcscd, and the answer; both as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The command APDU.
    pub command: Vec<u8>,
    /// The response APDU with its status word; none when the card did not answer.
    pub response: Option<Vec<u8>>,
}

/// The exchanges in a log of `pcscd --apdu`, in order, of all readers.
#[must_use]
pub fn exchanges(log: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in log.lines() {
        if let Some(command) = after(line, "APDU: ") {
            exchanges.push(Exchange {
                command,
                response: None,
            });
        } else if let Some(response) = after(line, "SW: ")
            && let Some(last) = exchanges.last_mut()
        {
            last.response = Some(response);
        }
    }
    exchanges
}

/// What pcscd writes when it is ready.
pub(crate) const STARTED: &str = "daemon ready";

pub(crate) fn insertions(log: &str, reader: u16) -> usize {
    let came = format!("Card inserted into Virtual PCD 00 0{reader}");
    // What was there when pcscd started is told by its ATR alone.
    log.matches(&came).count()
}

pub(crate) fn removals(log: &str, reader: u16) -> usize {
    let went = format!("Card Removed From Virtual PCD 00 0{reader}");
    log.matches(&went).count()
}

/// The bytes after a marker.
fn after(line: &str, marker: &str) -> Option<Vec<u8>> {
    let (_, bytes) = line.split_once(marker)?;
    bytes
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_answers_are_paired() {
        let log = "00000010 APDU: 00 A4 04 0C 00 \n00000002 SW: 6A 82 \n00000010 APDU: 00 B0 00 00 04\nother line\n";
        assert_eq!(
            exchanges(log),
            [
                Exchange {
                    command: vec![0x00, 0xA4, 0x04, 0x0C, 0x00],
                    response: Some(vec![0x6A, 0x82]),
                },
                Exchange {
                    command: vec![0x00, 0xB0, 0x00, 0x00, 0x04],
                    response: None,
                },
            ]
        );
    }
}
