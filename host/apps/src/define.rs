//! The frame around an application or function, so that its file holds only what is its own.

/// Defines an application from its name, its help and a function of the line and the arguments. `waits` stands before a
/// function that is `async`.
macro_rules! application {
    ($type:ident, $name:literal, needs $right:expr, waits $run:path, $($field:ident: $value:expr),+ $(,)?) => {
        application!(@ $type, $name, Some($right), |line, args| Box::pin($run(line, args)), $($field: $value),+);
    };
    ($type:ident, $name:literal, needs $right:expr, $run:path, $($field:ident: $value:expr),+ $(,)?) => {
        application!(@ $type, $name, Some($right), |line, args| Box::pin(std::future::ready($run(line, args))), $($field: $value),+);
    };
    ($type:ident, $name:literal, waits $run:path, $($field:ident: $value:expr),+ $(,)?) => {
        application!(@ $type, $name, None, |line, args| Box::pin($run(line, args)), $($field: $value),+);
    };
    ($type:ident, $name:literal, $run:path, $($field:ident: $value:expr),+ $(,)?) => {
        application!(@ $type, $name, None, |line, args| Box::pin(std::future::ready($run(line, args))), $($field: $value),+);
    };
    (@ $type:ident, $name:literal, $needs:expr, |$line:ident, $args:ident| $body:expr, $($field:ident: $value:expr),+) => {
        /// The application of that name.
        pub(crate) struct $type;

        impl ucx_pbx::Application for $type {
            fn name(&self) -> &'static str {
                $name
            }

            #[allow(clippy::needless_update)] // some say all there is to say
            fn help(&self) -> &'static ucx_pbx::Help {
                static HELP: ucx_pbx::Help = ucx_pbx::Help {
                    $($field: $value,)+
                    ..ucx_pbx::Help::NONE
                };
                &HELP
            }

            fn needs(&self) -> Option<ucx_call::Right> {
                $needs
            }

            fn run<'a>(
                &'a self,
                $line: &'a mut ucx_pbx::Line,
                $args: &'a str,
            ) -> ucx_pbx::LocalBoxFuture<'a, Result<(), ucx_pbx::Ending>> {
                $body
            }
        }
    };
}

/// Defines a function from its name, its help, how it is read and, if it can be, how it is written.
macro_rules! function {
    ($type:ident, $name:literal, read $read:path $(, write $write:path)?; $($field:ident: $value:expr),+ $(,)?) => {
        function!(@ $type, $name, None, |context, args| $read(context, args), [$($write)?], []; $($field: $value),+);
    };
    ($type:ident, $name:literal, needs $right:expr, read $read:path $(, write $write:path)?; $($field:ident: $value:expr),+ $(,)?) => {
        function!(@ $type, $name, Some($right), |context, args| $read(context, args), [$($write)?], []; $($field: $value),+);
    };
    ($type:ident, $name:literal, needs $right:expr, waits $work:path; $($field:ident: $value:expr),+ $(,)?) => {
        function!(@ $type, $name, Some($right), |_context, args| $work(args), [], [$work]; $($field: $value),+);
    };
    (@ $type:ident, $name:literal, $needs:expr, |$context:ident, $args:ident| $read:expr, [$($write:path)?], [$($work:path)?]; $($field:ident: $value:expr),+) => {
        /// The function of that name.
        pub(crate) struct $type;

        impl ucx_pbx::Function for $type {
            fn name(&self) -> &'static str {
                $name
            }

            #[allow(clippy::needless_update)] // some say all there is to say
            fn help(&self) -> &'static ucx_pbx::Help {
                static HELP: ucx_pbx::Help = ucx_pbx::Help {
                    $($field: $value,)+
                    ..ucx_pbx::Help::NONE
                };
                &HELP
            }

            fn needs(&self) -> Option<ucx_call::Right> {
                $needs
            }

            fn read(&self, $context: &mut ucx_pbx::FunctionContext<'_>, $args: &str) -> Result<String, String> {
                $read
            }

            $(
                fn blocking(&self, args: &str) -> Option<ucx_pbx::Blocking> {
                    let args = args.to_owned();
                    Some(Box::new(move || $work(&args)))
                }
            )?

            $(
                fn write(
                    &self,
                    context: &mut ucx_pbx::FunctionContext<'_>,
                    args: &str,
                    value: &str,
                ) -> Result<(), String> {
                    $write(context, args, value)
                }
            )?
        }
    };
}
