// What the command line offers: apart from what makes it, so that it is there at once.

export const KINDS = ['deployment', 'daemonset', 'pod'] as const
export type Kind = (typeof KINDS)[number]

/** KubeVirt's device plugin; others have squat.ai/kvm, smarter-devices/kvm or a name of their own. */
export const DEFAULT_DEVICE_RESOURCE = 'devices.kubevirt.io/kvm'
