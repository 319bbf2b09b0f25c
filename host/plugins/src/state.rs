//! What stands behind one instance of a guest? Its rights, its meters and the host's things it may reach.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::bindings::All;
use crate::grant::Rights;
use crate::interfaces::logging::LogQuota;
use crate::keyvalue::KeyValue;
use crate::limits::{CpuMeter, HANDLES_MAX, MemoryMeter};
use crate::manifest::World;
use crate::resources::HostResources;

/// The data of a store.
pub(crate) struct GuestState {
    /// The plugin's id.
    pub(crate) plugin: Arc<str>,
    pub(crate) world: World,
    pub(crate) rights: Arc<Rights>,
    pub(crate) host: Arc<HostResources>,
    pub(crate) desk: Arc<PluginDesk>,
    pub(crate) memory: MemoryMeter,
    pub(crate) cpu: Arc<CpuMeter>,
    pub(crate) handles: ResourceTable,
    pub(crate) log_quota: LogQuota,
}

/// What all instances of one plugin share, over all its generations.
#[derive(Default)]
pub(crate) struct PluginDesk {
    pub(crate) log: crate::log::LogRing,
    pub(crate) metrics: crate::metrics::Metrics,
    pub(crate) store: KeyValue,
}

impl GuestState {
    pub(crate) fn new(
        plugin: Arc<str>,
        world: World,
        rights: Arc<Rights>,
        host: Arc<HostResources>,
        desk: Arc<PluginDesk>,
    ) -> Self {
        let mut handles = ResourceTable::new();
        handles.set_max_capacity(HANDLES_MAX);
        let memory = MemoryMeter::new(rights.memory);
        let cpu = Arc::new(CpuMeter::default());
        Self {
            plugin,
            world,
            rights,
            host,
            desk,
            memory,
            cpu,
            handles,
            log_quota: LogQuota::default(),
        }
    }
}

/// Everything a guest may import; the capabilities of the host on one screen.
pub(crate) fn link(linker: &mut wasmtime::component::Linker<GuestState>) -> wasmtime::Result<()> {
    All::add_to_linker::<_, wasmtime::component::HasSelf<GuestState>>(linker, |state| state)
}
