//! `DEVICE_STATE`: how a device is used.

use ucx_pbx::FunctionContext;

function!(DeviceState, "DEVICE_STATE", read read, write write;
    synopsis: "Reads how a device is used, or sets a Custom: device.",
    syntax: "DEVICE_STATE(device)",
    arguments: &[("device", "PJSIP/bob, Local/100@office, Custom:door, Stasis:lamp.")],
    notes: "Reads UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE or ONHOLD. Only Custom: devices can \
            be set, and not to UNKNOWN.",
);

fn read(context: &FunctionContext<'_>, args: &str) -> Result<String, String> {
    Ok(context.pbx().device_state(args.trim()).as_str().to_owned())
}

fn write(context: &FunctionContext<'_>, args: &str, value: &str) -> Result<(), String> {
    let device = args.trim();
    if !device.starts_with("Custom:") {
        return Err(format!("{device} cannot be set, only Custom: devices can"));
    }
    let state = value
        .trim()
        .parse()
        .map_err(|_| format!("{value:?} is no device state"))?;
    let set = context.pbx().set_device_state(device, state);
    set.map_err(|refusal| refusal.to_string())
}

#[cfg(test)]
mod tests {
    use crate::tests::{expand, expand_with};

    #[test]
    fn devices_are_read_and_custom_ones_set() {
        assert_eq!(
            expand("${DEVICE_STATE(PJSIP/none)} ${DEVICE_STATE(Custom:x)}"),
            "INVALID UNKNOWN"
        );
        let text = "${DEVICE_STATE(Custom:x)} ${DEVICE_STATE(Stasis:x)}";
        assert_eq!(expand_with("DEVICE_STATE(Custom:x)=busy", text), "BUSY UNKNOWN");
        assert_eq!(
            expand_with("DEVICE_STATE(Custom:x)=UNKNOWN", text),
            "UNKNOWN UNKNOWN"
        );
        assert_eq!(expand_with("DEVICE_STATE(Custom:x)=odd", text), "UNKNOWN UNKNOWN");
        assert_eq!(
            expand_with("DEVICE_STATE(Stasis:x)=BUSY", text),
            "UNKNOWN UNKNOWN"
        );
    }
}
