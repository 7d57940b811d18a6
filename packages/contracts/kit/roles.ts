interface Closable {
  close(): Promise<void>;
}

/** The roles of one driver: each is made when it is first asked for, and they are closed together. */
export class Roles<Session> {
  readonly #begin: () => Session;
  readonly #made: Closable[] = [];

  /** @param begin What a role works with; called once for each. */
  constructor(begin: () => Session) {
    this.#begin = begin;
  }

  once<Role extends Closable>(make: (session: Session) => Role): () => Role {
    let role: Role | undefined;
    return () => {
      if (role) return role;
      role = make(this.#begin());
      this.#made.push(role);
      return role;
    };
  }

  /** Never rejects: a role that cannot be closed keeps none of the others from it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#made.map((role) => role.close()));
  }
}
