//! What becomes of a panic's words? They are logged before the instance traps.

use std::sync::Once;

/// Logs every panic of this instance at `critical`. The export macros call it.
pub fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| crate::log::critical(&panic.to_string())));
    });
}
