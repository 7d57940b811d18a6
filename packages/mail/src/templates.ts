import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert } from 'html-to-text';
import { Liquid } from 'liquidjs';
import { kindOf } from './address.ts';
import { InvalidMail } from './errors.ts';

/** Both forms of one mail. */
export interface Rendered {
  readonly html: string;
  readonly text: string;
}

// A template comes from the application; who sends a task chooses its name and what is put in.
const NAME = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/;
const LIMITS = { parseLimit: 1_000_000, renderLimit: 2_000, memoryLimit: 10_000_000 };

/**
 * Templates in Liquid, which looks as Django's do and runs no code: `NAME.html`, where everything that is put in is escaped, and
 * `NAME.txt`, where nothing is. Without a `.txt` the text is made of the HTML.
 */
export class Templates {
  readonly #folder: string;
  readonly #html: Liquid;
  readonly #text: Liquid;

  /** @param folder a path, or a `file:` URL such as `new URL('templates/', import.meta.url)` */
  constructor(folder: string | URL) {
    this.#folder = typeof folder === 'string' ? folder : fileURLToPath(folder);
    const common = {
      root: this.#folder,
      cache: true,
      // A name that the context lacks is a mistake, not an empty line in somebody's mail; `{% if %}` may ask.
      strictVariables: true,
      strictFilters: true,
      lenientIf: true,
      ownPropertyOnly: true,
      dynamicPartials: false,
      ...LIMITS,
    };
    this.#html = new Liquid({ ...common, extname: '.html', outputEscape: 'escape' });
    this.#text = new Liquid({ ...common, extname: '.txt' });
  }

  /** @throws InvalidMail for a template that is not there, or that asks for what the context lacks */
  async render(name: string, context: Readonly<Record<string, unknown>>): Promise<Rendered> {
    if (typeof name !== 'string' || !NAME.test(name))
      throw new InvalidMail(
        `template_name is ${typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : kindOf(name)}: write the name of a file without its ending, letters, digits, - and _, with / for folders`,
      );
    if (typeof context !== 'object' || context === null || Array.isArray(context))
      throw new InvalidMail(`context is ${kindOf(context)}: it must be an object`);
    if (!existsSync(join(this.#folder, `${name}.html`)))
      throw new InvalidMail(`there is no template ${name}.html`);
    const html = await this.#renderFile(this.#html, name, context);
    const text = existsSync(join(this.#folder, `${name}.txt`))
      ? await this.#renderFile(this.#text, name, context)
      : convert(html, { wordwrap: 100 });
    return { html, text };
  }

  async #renderFile(engine: Liquid, name: string, context: object): Promise<string> {
    try {
      return await engine.renderFile(name, context);
    } catch (error) {
      throw new InvalidMail(`template ${name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }
}
