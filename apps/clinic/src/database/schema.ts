import type { Generated } from 'kysely';

/** Texts are ISO 8601 where they are moments; money is in cents. */
export interface ClinicTables {
  doctors: {
    id: Generated<number>;
    name: string;
    email: string;
    licence: string;
    crm_revision: number | null;
  };
  appointments: {
    id: Generated<number>;
    patient: string;
    patient_email: string | null;
    doctor: string;
    day: string;
    time: string;
    status: 'booked' | 'reminded' | 'past';
  };
  stock: { item: string; units: number };
  /** One row: what the last count found, and under which fence. */
  stock_counts: { id: number; items: number; units: number; fence: number; counted_at: string };
  orders: {
    id: Generated<number>;
    item: string;
    quantity: number;
    cents: number;
    status: 'new' | 'processed' | 'refused';
    /** The task that processed it. */
    task: string | null;
  };
  payments: {
    id: Generated<number>;
    order_id: number;
    cents: number;
    status: 'pending' | 'paid' | 'declined';
    receipt: string | null;
    tried_at: string;
  };
  reports: { id: string; title: string; pages: number; file: string; made_at: string };
  /** What tasks did: one row for each run. */
  task_runs: {
    id: Generated<number>;
    task_id: string;
    task: string;
    state: string;
    detail: string;
    ended_at: string;
  };
}
