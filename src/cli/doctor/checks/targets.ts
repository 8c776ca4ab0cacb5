/** Whether each target that is a number has a trunk with a gateway to dial it through. */
import type { Check } from '../check.js';
import { fault, listed, ok, SkippedError } from '../finding.js';

export const checkTargets: Check = {
  name: 'targets',
  async run(context) {
    const { targets, trunks, campaigns } = await context.document();
    const active = targets.filter(({ isActive }) => isActive);
    if (active.length === 0) throw new SkippedError('no target is active');
    const trunkOf = new Map(trunks.map((trunk) => [trunk.id, trunk]));
    const whyNot = (what: string, trunkId: string | null): readonly string[] => {
      const trunk = trunkId === null ? undefined : trunkOf.get(trunkId);
      if (trunkId === null) return [`${what} has no trunk`];
      if (trunk === undefined) return [`${what} names trunk ${trunkId}, which is not there`];
      if (!trunk.isActive) return [`${what} is dialled through trunk ${trunkId}, which is paused`];
      return trunk.gateways.length === 0 ? [`${what} is dialled through trunk ${trunkId}, which has no gateway`] : [];
    };
    const undialled = [
      ...active.flatMap(({ id, destination, trunkId }) =>
        destination?.kind === 'number' ? whyNot(`target ${id}`, trunkId) : [],
      ),
      ...campaigns.flatMap(({ id, fallback }) =>
        fallback.flatMap((step) =>
          step.kind === 'dial' && step.destination.kind === 'number'
            ? whyNot(`the fallback of campaign ${id}`, step.trunkId)
            : [],
        ),
      ),
    ];
    if (undialled.length > 0)
      return fault(
        `${listed(undialled)}: numbers cannot be dialled`,
        'give the target a trunk, and the trunk a gateway of the carrier',
      );
    return ok(`${active.length} active ${active.length === 1 ? 'target can' : 'targets can'} be dialled`);
  },
};
