//! One command, one answer: what lies between a command and the transport.

use crate::CardError;
use shirushi_apdu::{Command, Response, StatusWord, Transmit};
use shirushi_crypto::Secret;

/// Most bytes that 61xx may make us collect where a command asks for fewer: what one short answer has.
const MOST_COLLECTED: usize = 256;

/// GET RESPONSE (ISO/IEC 7816-4 §12.3.1).
const GET_RESPONSE: u8 = 0xC0;

/// Sends a command. A 6Cxx is repeated once with the Le it names, a 61xx collected with GET RESPONSE; a My Number Card sends
/// neither, a reader's driver may (`facts/card.md` §9).
pub(crate) fn exchange<T: Transmit>(
    transport: &mut T,
    command: &Command,
) -> Result<Response, CardError> {
    let mut response = once(transport, command.instruction, &command.to_bytes())?;
    if let Some(exact) = response.status.exact_length() {
        let command = command.clone().ne(exact);
        response = once(transport, command.instruction, &command.to_bytes())?;
    }
    // A card that goes on for ever is stopped where no file could go on.
    let most = command
        .expected
        .map_or(MOST_COLLECTED, |expected| expected.max(MOST_COLLECTED));
    while let Some(more) = response.status.more_available() {
        let fetch = Command::new(0x00, GET_RESPONSE, 0x00, 0x00).ne(more);
        let next = once(transport, GET_RESPONSE, &fetch.to_bytes())?;
        let stuck = next.data.is_empty() && next.status.more_available().is_some();
        response
            .data
            .extend_from_slice(&next.data);
        response.status = next.status;
        if stuck || response.data.len() > most {
            return Err(CardError::Malformed {
                instruction: command.instruction,
            });
        }
    }
    Ok(response)
}

/// Sends a command whose data are a PIN, and wipes what was made of it. It has no answer but its status.
pub(crate) fn exchange_secret<T: Transmit>(
    transport: &mut T,
    header: Command,
    secret: &Secret,
) -> Result<StatusWord, CardError> {
    let instruction = header.instruction;
    let command = header.data(secret.expose());
    let bytes = Secret::new(command.to_bytes());
    drop(Secret::new(command.data));
    Ok(once(transport, instruction, bytes.expose())?.status)
}

/// Sends a command whose answer is a secret, and wipes what it came in. A 6Cxx is repeated once, a 61xx collected once: what a secret
/// stands in is shorter than one answer.
pub(crate) fn exchange_for_secret<T: Transmit>(
    transport: &mut T,
    command: &Command,
) -> Result<(Secret, StatusWord), CardError> {
    let (mut data, mut status) = once_for_secret(transport, command)?;
    if let Some(exact) = status.exact_length() {
        let command = command.clone().ne(exact);
        (data, status) = once_for_secret(transport, &command)?;
    }
    if let Some(more) = status.more_available() {
        let fetch = Command::new(0x00, GET_RESPONSE, 0x00, 0x00).ne(more);
        (data, status) = once_for_secret(transport, &fetch)?;
    }
    Ok((data, status))
}

fn once_for_secret<T: Transmit>(
    transport: &mut T,
    command: &Command,
) -> Result<(Secret, StatusWord), CardError> {
    let answer = Secret::new(transport.transmit(&command.to_bytes())?);
    let (data, status) = answer
        .expose()
        .split_last_chunk::<2>()
        .ok_or(CardError::Malformed {
            instruction: command.instruction,
        })?;
    let status = StatusWord(u16::from_be_bytes(*status));
    Ok((Secret::from(data), status))
}

fn once<T: Transmit>(
    transport: &mut T,
    instruction: u8,
    command: &[u8],
) -> Result<Response, CardError> {
    let bytes = transport.transmit(command)?;
    Response::parse(&bytes).map_err(|_| CardError::Malformed { instruction })
}
