import { z } from 'zod';

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'has a line break or a control character');

/** What the routes take. Unknown fields are refused, so that a misspelt one is no surprise. */
export const DoctorBody = z.strictObject({ name: line(100), email: z.email().max(200), licence: line(40) });

export const NoticeBody = z.strictObject({ subject: line(200), text: z.string().min(1).max(10_000) });

/** Rows come from a file: what is wrong in them is for the tasks to say. */
const row = z.strictObject({
  patient: z.string().max(200),
  email: z.string().max(200).optional(),
  doctor: z.string().max(200),
  day: z.string().max(20),
  time: z.string().max(20),
});
export const UploadBody = z.strictObject({ file: line(100), appointments: z.array(row).min(1).max(1000) });

export const ReportBody = z.strictObject({ title: line(200), pages: z.int().min(1).max(500) });

export const OrderBody = z.strictObject({
  item: line(100),
  quantity: z.int().min(1).max(1000),
  cents: z.int().min(0).max(10_000_000),
});
