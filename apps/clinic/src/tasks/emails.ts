import { createTransport } from 'nodemailer';
import { app } from '../app.ts';
import { neighbour } from '../environment.ts';

export interface Doctor {
  readonly name: string;
  readonly email: string;
}

/** Greets a doctor who has just been registered. Returns the id that the mail server gave the message. */
export const sendWelcomeEmail = app.task(
  { name: 'clinic.emails.send_welcome_email', autoretryFor: [Error], retryBackoff: true, maxRetries: 5 },
  async (doctor: Doctor) => {
    const transport = createTransport(neighbour('CLINIC_SMTP_URL'));
    try {
      const sent = await transport.sendMail({
        from: '"The Clinic" <hello@clinic.example>',
        to: { name: doctor.name, address: doctor.email },
        subject: 'Welcome to the clinic',
        text: `Dear ${doctor.name},\n\nyour account at the clinic is ready.\n`,
      });
      return sent.messageId;
    } finally {
      transport.close();
    }
  },
);
