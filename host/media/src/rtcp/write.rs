//! How packets become the bytes of a compound.

use super::{Chunk, Goodbye, MAX_COUNT, MAX_PACKETS, ReportBlock, RtcpError, RtcpPacket, SenderReport, kind};

/// Appends a compound to `out`; nothing is appended when it is refused.
pub fn write(packets: &[RtcpPacket], out: &mut Vec<u8>) -> Result<(), RtcpError> {
    let start = out.len();
    let result = write_all(packets, out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

fn write_all(packets: &[RtcpPacket], out: &mut Vec<u8>) -> Result<(), RtcpError> {
    if packets.is_empty() || packets.len() > MAX_PACKETS {
        return Err(RtcpError::Count);
    }
    for packet in packets {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        let (packet_type, count) = write_body(packet, out)?;
        let count = u8::try_from(count)
            .ok()
            .filter(|count| usize::from(*count) <= MAX_COUNT);
        let words = (out.len() - start) / 4 - 1;
        let words = u16::try_from(words).map_err(|_| RtcpError::Length)?.to_be_bytes();
        let head = [
            0x80 | count.ok_or(RtcpError::Count)?,
            packet_type,
            words[0],
            words[1],
        ];
        out[start..start + 4].copy_from_slice(&head);
    }
    Ok(())
}

fn write_body(packet: &RtcpPacket, out: &mut Vec<u8>) -> Result<(u8, usize), RtcpError> {
    match packet {
        RtcpPacket::Goodbye(goodbye) => {
            write_goodbye(goodbye, out)?;
            Ok((kind::GOODBYE, goodbye.sources.len()))
        }
        RtcpPacket::Other { kind, count, body } => {
            if !body.len().is_multiple_of(4) {
                return Err(RtcpError::Length);
            }
            out.extend_from_slice(body);
            Ok((*kind, usize::from(*count)))
        }
        RtcpPacket::ReceiverReport(report) => {
            out.extend_from_slice(&report.ssrc.to_be_bytes());
            write_blocks(&report.blocks, out);
            Ok((kind::RECEIVER_REPORT, report.blocks.len()))
        }
        RtcpPacket::SenderReport(report) => {
            write_sender(report, out);
            Ok((kind::SENDER_REPORT, report.blocks.len()))
        }
        RtcpPacket::SourceDescription(chunks) => {
            for chunk in chunks {
                write_chunk(chunk, out)?;
            }
            Ok((kind::SOURCE_DESCRIPTION, chunks.len()))
        }
    }
}

fn write_sender(report: &SenderReport, out: &mut Vec<u8>) {
    out.extend_from_slice(&report.ssrc.to_be_bytes());
    out.extend_from_slice(&report.ntp.0.to_be_bytes());
    for word in [report.timestamp, report.packets, report.octets] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    write_blocks(&report.blocks, out);
}

fn write_blocks(blocks: &[ReportBlock], out: &mut Vec<u8>) {
    const MOST_LOST: i32 = 0x7f_ffff;
    for block in blocks {
        let lost = block
            .cumulative_lost
            .clamp(-MOST_LOST - 1, MOST_LOST)
            .to_be_bytes();
        out.extend_from_slice(&block.ssrc.to_be_bytes());
        out.extend_from_slice(&[block.fraction_lost, lost[1], lost[2], lost[3]]);
        let words = [
            block.highest_sequence,
            block.jitter,
            block.last_report,
            block.delay_since_last_report,
        ];
        for word in words {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

fn write_chunk(chunk: &Chunk, out: &mut Vec<u8>) -> Result<(), RtcpError> {
    let start = out.len();
    out.extend_from_slice(&chunk.ssrc.to_be_bytes());
    for (item, text) in &chunk.items {
        let length = u8::try_from(text.len()).map_err(|_| RtcpError::Content)?;
        if *item == 0 {
            return Err(RtcpError::Content);
        }
        out.extend_from_slice(&[*item, length]);
        out.extend_from_slice(text);
    }
    out.push(0);
    pad_to_words(start, out);
    Ok(())
}

fn write_goodbye(goodbye: &Goodbye, out: &mut Vec<u8>) -> Result<(), RtcpError> {
    for source in &goodbye.sources {
        out.extend_from_slice(&source.to_be_bytes());
    }
    if goodbye.reason.is_empty() {
        return Ok(());
    }
    let start = out.len();
    out.push(u8::try_from(goodbye.reason.len()).map_err(|_| RtcpError::Content)?);
    out.extend_from_slice(&goodbye.reason);
    pad_to_words(start, out);
    Ok(())
}

fn pad_to_words(start: usize, out: &mut Vec<u8>) {
    while !(out.len() - start).is_multiple_of(4) {
        out.push(0);
    }
}
