import { createTransport } from 'nodemailer';
import { neighbour } from './environment.ts';

export const ADMIN = { name: 'Clinic administration', address: 'admin@clinic.example' };

/** Sends one e-mail. Answers the id that the message was given. */
export async function sendMail(mail: {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
}): Promise<string> {
  const transport = createTransport(neighbour('CLINIC_SMTP_URL'));
  try {
    const sent = await transport.sendMail({ from: '"The Clinic" <hello@clinic.example>', ...mail });
    return sent.messageId;
  } finally {
    transport.close();
  }
}
