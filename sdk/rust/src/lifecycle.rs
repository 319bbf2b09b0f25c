//! What does a long-lived plugin say of its start and of its health?

/// Exports `fn(&Incarnation) -> Result<(), Failure>` and `fn() -> Result<(), Failure>`: what is done before anything else, and
/// whether the plugin is well. A subscriber is asked in the instance that hears its events; an application in one beside the instance
/// that serves, so what its health depends on has to stand in a [`Store`](crate::Store), in its folder or on the web.
///
/// ```
/// use ucx::bindings::types::Incarnation;
/// use ucx::prelude::*;
///
/// fn start(me: &Incarnation) -> Result<(), Failure> {
///     log::info(&format!("generation {} starts", me.generation));
///     Ok(())
/// }
/// fn health() -> Result<(), Failure> {
///     lookup("routes").find("anything").map(drop)
/// }
/// ucx::lifecycle!(start, health);
/// ```
#[macro_export]
macro_rules! lifecycle {
    ($start:path, $health:path) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            struct Plugin;
            impl $crate::bindings::lifecycle::exports::ucx::host::lifecycle::Guest for Plugin {
                fn start(
                    me: $crate::bindings::types::Incarnation,
                ) -> ::std::result::Result<(), ::std::string::String> {
                    $crate::report_panics();
                    $start(&me).map_err(|failure: $crate::Failure| failure.to_string())
                }

                fn health() -> ::std::result::Result<(), ::std::string::String> {
                    $health().map_err(|failure: $crate::Failure| failure.to_string())
                }
            }
    $crate::bindings::lifecycle::export_lifecycle!(Plugin with_types_in $crate::bindings::lifecycle);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::bindings::types::Incarnation) -> ::std::result::Result<(), $crate::Failure> =
            $start;
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() -> ::std::result::Result<(), $crate::Failure> = $health;
    };
}
