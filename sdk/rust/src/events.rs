//! How does a plugin watch?

use crate::bindings::types::{Delivery, Event, Gap, Nack};

/// A plugin that watches. One instance lives as long as the host keeps it; after a trap or a swap a new one is made, and
/// the last batch may come again.
pub trait Subscriber: Default {
    /// Takes one event.
    fn on_event(&mut self, event: &Event) -> Result<(), Nack>;

    /// Hears that events were lost.
    fn on_gap(&mut self, _gap: &Gap) {}

    /// Takes a batch: each delivery in order, up to the first that fails.
    fn on_batch(&mut self, batch: &[Delivery]) -> Result<(), Nack> {
        for delivery in batch {
            match delivery {
                Delivery::Event(event) => self.on_event(event)?,
                Delivery::Gap(gap) => self.on_gap(gap),
            }
        }
        Ok(())
    }
}

/// Exports a [`Subscriber`](crate::Subscriber) as the plugin's event subscriber.
#[macro_export]
macro_rules! subscriber {
    ($subscriber:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            ::std::thread_local! {
                static STATE: ::std::cell::RefCell<$subscriber> = ::std::cell::RefCell::default();
            }
            struct Plugin;
            impl $crate::bindings::subscriber::exports::ucx::events::subscriber::Guest for Plugin {
                fn on_events(
                    batch: ::std::vec::Vec<$crate::bindings::types::Delivery>,
                ) -> ::std::result::Result<(), $crate::bindings::types::Nack> {
                    $crate::report_panics();
                    STATE.with_borrow_mut(|state| $crate::Subscriber::on_batch(state, &batch))
                }
            }
            $crate::bindings::subscriber::export_subscriber!(Plugin with_types_in $crate::bindings::subscriber);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || {
            fn is_subscriber<T: $crate::Subscriber>() {}
            is_subscriber::<$subscriber>();
        };
    };
}
