import { ImproperlyConfigured } from '../errors.ts';
import { withDjangoDatabase } from './django-database.ts';
import { loadSettings } from './load.ts';
import type { Settings, SettingsInput } from './settings.ts';
import type { Environment, Source } from './sources.ts';
import { fromAmbientEnvironment, fromOptions } from './sources.ts';

/** The sources of one app's settings, open until somebody looks at what they come to. */
export class Configuration {
  readonly #app: string;
  readonly #environment: Environment;
  readonly #options: Source;
  readonly #configured: Source[] = [];
  #overrides: Source = { given: [], problems: [] };
  #settings: Settings | undefined;

  constructor(app: string, options: SettingsInput, environment: Environment) {
    this.#app = app;
    this.#environment = environment;
    this.#options = fromOptions(options, 'new App');
  }

  /** Frozen with the first look. @throws ImproperlyConfigured listing everything that is wrong */
  get settings(): Settings {
    this.#settings ??= withDjangoDatabase(
      loadSettings([
        this.#options,
        ...this.#configured,
        fromAmbientEnvironment(this.#environment),
        this.#overrides,
      ]),
      this.#environment,
    );
    return this.#settings;
  }

  /** One more source, which wins over those before it. */
  add(source: Source): void {
    this.#refuseWhenFrozen();
    this.#configured.push(source);
  }

  /** Settings that win over every source, the environment too. */
  override(settings: SettingsInput): void {
    this.#refuseWhenFrozen();
    const { given, problems } = fromOptions({ ...settings }, 'command line');
    this.#overrides = {
      given: [...this.#overrides.given, ...given],
      problems: [...this.#overrides.problems, ...problems],
    };
  }

  #refuseWhenFrozen(): void {
    if (!this.#settings) return;
    throw new ImproperlyConfigured(
      `the settings of ${this.#app} are in use already: configure the app before its first call or look at app.conf`,
    );
  }
}
