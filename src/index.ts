/**
 * Volt as a library: check and compile manifests, compare plans by digest, run a machine in this process.
 *
 * @packageDocumentation
 */
export { VoltError, type VoltErrorCode, type VoltErrorOptions } from './volt-error.ts'
export type { Diagnostic, DiagnosticNote, Position, Severity } from './manifest/diagnostic.ts'
export type { Manifest } from './manifest/manifest.gen.ts'
/** The parts of a {@link Manifest}, as people write them. */
export type * as ManifestParts from './manifest/manifest.gen.ts'
export type { VmSpec, VcpuLayout } from './manifest/spec.ts'
/** The parts of a {@link VmSpec}: values normalised, defaults written out, sizes in bytes, times in milliseconds. */
export type * as SpecParts from './manifest/spec.ts'
export { loadManifests, type LoadedManifests, type ManifestDocument } from './manifest/load-manifests.ts'
export type { DocumentProblem } from './manifest/load-manifests.ts'
export type { VariableInputs } from './manifest/compose/given-values.ts'
export type { BootPlan } from './plan/boot-plan.gen.ts'
/** The parts of a {@link BootPlan}. */
export type * as BootPlanParts from './plan/boot-plan.gen.ts'
export type { HostFacts } from './plan/host-facts.gen.ts'
/** The parts of {@link HostFacts}. */
export type * as HostFactsParts from './plan/host-facts.gen.ts'
export type {
  BzImageKernel,
  ElfKernel,
  InitrdImage,
  KernelConfig,
  KernelImage,
  KernelSegment,
  KernelSetting,
} from './kernel/image.ts'
export { compile, type CompileInput, type CompileResult } from './plan/compile.ts'
export type { PlanProblem } from './plan/plan-problem.ts'
export type { DiskImage } from './plan/virtio/devices.ts'
export { canonicalJson, planDigest } from './plan/digest.ts'
export { formatPlanFile, parsePlanFile, type PlanBasis, type PlanEnvelope } from './plan/plan-file.ts'
export type { Life, Limits } from './plan/life.ts'
export type { PlanSummary } from './plan/summary.ts'
export type { DeviceSummary } from './plan/summary-devices.ts'
export type {
  BackendDownEvent,
  ConsoleDroppedEvent,
  CrashLoadedEvent,
  DeviceFaultEvent,
  EventsDroppedEvent,
  ExecutionProbe,
  FailedEvent,
  LinkDownEvent,
  NotReadyEvent,
  PausedEvent,
  PowerButtonEvent,
  ReadyEvent,
  ResetEvent,
  RestartingEvent,
  ResumedEvent,
  SandboxEvent,
  StartedEvent,
  StopReason,
  StoppedEvent,
  VmEvent,
} from './host/native-addon.ts'
export { readHostFacts } from './host/facts-file.ts'
export { probeExecution, probeHost } from './host/probe.ts'
export { openInput, type CompiledInput, type Input } from './run/open-input.ts'
export type { RunnableVm } from './run/runnable-vm.ts'
export type { LoadedProvision } from './run/read-provision.ts'
export { runInProcess, type ConsoleObserver, type RunningVm } from './run/run-in-process.ts'
