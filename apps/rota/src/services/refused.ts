/** What somebody asked for cannot be, and why: the HTTP answer says so. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: 400 | 401 | 403 | 404 | 409 | 410;
  constructor(status: Refused['status'], message: string) {
    super(message);
    this.status = status;
  }
}
