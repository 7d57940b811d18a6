import type { Generated } from 'kysely';

/** Yes or no, as both databases keep it. */
export type Flag = 0 | 1;
/** `2026-12-24` */
export type Day = string;
/** ISO 8601 in UTC. */
export type Moment = string;

export const EMAIL_TYPES = ['system_failures', 'admin_actions', 'operational'] as const;
/** What administrators can choose to be told of. */
export type EmailType = (typeof EMAIL_TYPES)[number];

export interface RotaTables {
  account: {
    id: Generated<number>;
    /** Null for one that has never said. */
    email: string | null;
    name: string;
    is_admin: Flag;
    is_active: Flag;
    password_hash: string | null;
  };
  /** What an administrator does not, or does, want to be told of; who has said nothing is told. */
  admin_preference: { account_id: number; email_type: EmailType; wanted: Flag };
  clinician: { id: Generated<number>; name: string; account_id: number | null };
  rota: {
    id: Generated<number>;
    name: string;
    first_day: Day;
    last_day: Day;
    state: 'draft' | 'generated' | 'published';
  };
  shift: {
    id: Generated<number>;
    rota_id: number;
    day: Day;
    kind: 'day' | 'night';
    clinician_id: number | null;
  };
  leave_request: {
    id: Generated<number>;
    clinician_id: number;
    first_day: Day;
    last_day: Day;
    reason: string;
    state: 'submitted' | 'approved' | 'denied';
    decided_by: number | null;
  };
  swap: {
    id: Generated<number>;
    shift_id: number;
    /** Of the other, in return. */
    offered_shift_id: number;
    requester_id: number;
    target_id: number;
    state: 'requested' | 'accepted' | 'rejected' | 'approved' | 'declined';
    decided_by: number | null;
  };
  invitation: {
    id: Generated<number>;
    email: string;
    name: string;
    invited_by: number;
    expires_at: Moment;
    used_at: Moment | null;
  };
  password_reset: { id: Generated<number>; account_id: number; expires_at: Moment; used_at: Moment | null };
  /** What tasks did: the page shows it. */
  task_event: {
    id: Generated<number>;
    task_id: string;
    name: string;
    state: string;
    detail: string;
    at: Moment;
  };
}
