//! The mistakes a host can be made to make, each of which some world has to notice.

use std::rc::Rc;
use ucx_gateway::{GatewayConfig, Network};
use ucx_pbx::Registry;

/// One deliberate mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// In the switch.
    Switch(ucx_switch::Fault),
    /// In SIP.
    Sip(ucx_sip::Fault),
    /// In the application `Stasis`.
    Application(ucx_application::Fault),
    /// In the application `AGI`.
    Gateway(ucx_gateway::Fault),
    /// In the host of the components.
    Plugins(ucx_plugins::Fault),
    /// Components decide on the thread that all calls need.
    GuestsOnTheControlThread,
}

impl Fault {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let switch = ucx_switch::Fault::ALL.into_iter().map(Self::Switch);
        let sip = ucx_sip::Fault::ALL.into_iter().map(Self::Sip);
        let application = ucx_application::Fault::ALL.into_iter().map(Self::Application);
        let gateway = ucx_gateway::Fault::ALL.into_iter().map(Self::Gateway);
        let plugins = ucx_plugins::Fault::ALL.into_iter().map(Self::Plugins);
        let all = switch.chain(sip).chain(application).chain(gateway);
        all.chain(plugins).chain([Self::GuestsOnTheControlThread])
    }

    /// Whether it takes a script to make it.
    pub fn needs_script(self) -> bool {
        matches!(self, Self::Plugins(_) | Self::GuestsOnTheControlThread)
    }

    /// Whether it takes clients and programs to make it.
    pub fn needs_guests(self) -> bool {
        matches!(self, Self::Application(_) | Self::Gateway(_))
    }
}

/// Makes the host make it.
#[cfg(feature = "faults")]
pub(crate) fn inject(
    fault: Option<Fault>,
    pbx: &ucx_pbx::Pbx,
    sip: &mut ucx_sip::Endpoint,
    handle: Option<&ucx_application::ApplicationHandle>,
) {
    match fault {
        Some(Fault::Switch(fault)) => pbx.inject(fault),
        Some(Fault::Sip(fault)) => sip.inject(fault),
        Some(Fault::Application(fault)) => {
            if let Some(handle) = handle {
                handle.inject(fault);
            }
        }
        Some(Fault::Gateway(_) | Fault::Plugins(_) | Fault::GuestsOnTheControlThread) | None => {}
    }
}

/// Adds `AGI`, with its mistake if it is to have one.
#[cfg(feature = "faults")]
pub(crate) fn register(
    fault: Option<Fault>,
    registry: &mut Registry,
    config: GatewayConfig,
    network: Rc<dyn Network>,
) {
    match fault {
        Some(Fault::Gateway(fault)) => ucx_gateway::register_faulty(registry, config, network, fault),
        Some(
            Fault::Switch(_)
            | Fault::Sip(_)
            | Fault::Application(_)
            | Fault::Plugins(_)
            | Fault::GuestsOnTheControlThread,
        )
        | None => {
            ucx_gateway::register_over(registry, config, network);
        }
    }
}

/// Makes the host of the components make it.
#[cfg(feature = "faults")]
pub(crate) fn inject_into(fault: Option<Fault>, host: &ucx_plugins::PluginHost) {
    if let Some(Fault::Plugins(fault)) = fault {
        host.inject(fault);
    }
}

/// Adds `AGI`.
#[cfg(not(feature = "faults"))]
pub(crate) fn register(
    _: Option<Fault>,
    registry: &mut Registry,
    config: GatewayConfig,
    network: Rc<dyn Network>,
) {
    ucx_gateway::register_over(registry, config, network);
}
