/**
 * Volt as a library: check and compile manifests, compare plans by digest, run a machine in this process.
 *
 * @packageDocumentation
 */
export { VoltError, type VoltErrorCode, type VoltErrorOptions } from './volt-error.ts'
export type { Diagnostic, Position, Severity } from './manifest/diagnostic.ts'
export type { Manifest } from './manifest/manifest.gen.ts'
export type { VmSpec, VcpuLayout } from './manifest/spec.ts'
export { loadManifests, type LoadedManifests, type ManifestDocument } from './manifest/load-manifests.ts'
export type { BootPlan } from './plan/boot-plan.gen.ts'
export type { HostFacts } from './plan/host-facts.gen.ts'
export { compile, type CompileInput, type CompileResult } from './plan/compile.ts'
export { canonicalJson, planDigest } from './plan/digest.ts'
export { formatPlanFile, parsePlanFile, type PlanEnvelope } from './plan/plan-file.ts'
export type { PlanSummary } from './plan/summary.ts'
export type { StopReason, StoppedEvent, VmEvent } from './host/native-addon.ts'
export { readHostFacts } from './host/facts-file.ts'
export { probeExecution, probeHost } from './host/probe.ts'
export { openInput, type CompiledInput, type Input } from './run/open-input.ts'
export type { RunnableVm } from './run/runnable-vm.ts'
export { runInProcess, type ConsoleObserver, type RunningVm } from './run/run-in-process.ts'
