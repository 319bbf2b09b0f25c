//! SIP statuses as Q.850 causes; the other way stands in `ucx-sip`, beside the refusals it is used for.

use ucx_call::Cause;
use ucx_sip::Status;

/// The cause that a refusal of ours stands for (capture `causes/callee_sip_codes`, RFC 3398 section 7.2.6.1).
pub(crate) fn cause_of(status: Status, q850: Option<u16>) -> Cause {
    if let Some(cause) = q850.filter(|cause| (1..=127).contains(cause)) {
        return Cause(cause);
    }
    match status.0 {
        401 | 402 | 403 | 407 | 603 => Cause::CALL_REJECTED,
        404 | 604 => Cause::UNALLOCATED,
        408 => Cause::NO_USER_RESPONSE,
        409 => Cause::NORMAL_TEMPORARY_FAILURE,
        410 => Cause::NUMBER_CHANGED,
        420 => Cause::NO_ROUTE_DESTINATION,
        480 => Cause::NO_ANSWER,
        483 => Cause::NO_ANSWER,
        484 => Cause::INVALID_NUMBER_FORMAT,
        485 => Cause::UNALLOCATED,
        486 | 600 => Cause::USER_BUSY,
        488 | 606 => Cause::BEARERCAPABILITY_NOTAVAIL,
        500 => Cause::NETWORK_OUT_OF_ORDER,
        501 => Cause::FACILITY_REJECTED,
        502 => Cause::DESTINATION_OUT_OF_ORDER,
        503 => Cause::NORMAL_CIRCUIT_CONGESTION,
        504 => Cause::RECOVERY_ON_TIMER_EXPIRE,
        505 => Cause::INTERWORKING,
        other => match other / 100 {
            4 | 6 => Cause::INTERWORKING,
            5 => Cause::NORMAL_CIRCUIT_CONGESTION,
            _ => Cause::NORMAL_CLEARING,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_header_counts_more_than_the_status() {
        assert_eq!(cause_of(Status(486), Some(21)), Cause::CALL_REJECTED);
        assert_eq!(cause_of(Status(486), Some(0)), Cause::USER_BUSY);
        assert_eq!(cause_of(Status(486), None), Cause::USER_BUSY);
    }
}
