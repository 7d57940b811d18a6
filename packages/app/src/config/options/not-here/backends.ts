/** The same: result backends that nothing drives. */

import type { Setting } from '../../setting.ts';
import { celeryOnly } from '../../setting.ts';

const NO_BACKEND = 'there is no driver for that result backend';

export const BACKENDS_NOT_HERE = {
  arangodbBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ARANGODB_BACKEND_SETTINGS' }),
  azureblockblobBasePath: celeryOnly('', NO_BACKEND),
  azureblockblobConnectionTimeout: celeryOnly(20, NO_BACKEND),
  azureblockblobContainerName: celeryOnly('celery', NO_BACKEND),
  azureblockblobReadTimeout: celeryOnly(120, NO_BACKEND),
  azureblockblobRetryIncrementBase: celeryOnly(2, NO_BACKEND),
  azureblockblobRetryInitialBackoffSec: celeryOnly(2, NO_BACKEND),
  azureblockblobRetryMaxAttempts: celeryOnly(3, NO_BACKEND),
  cassandraAuthKwargs: celeryOnly(null, NO_BACKEND),
  cassandraAuthProvider: celeryOnly(null, NO_BACKEND),
  cassandraBundlePath: celeryOnly(null, NO_BACKEND),
  cassandraEntryTtl: celeryOnly(null, NO_BACKEND),
  cassandraKeyspace: celeryOnly(null, NO_BACKEND),
  cassandraOptions: celeryOnly({}, NO_BACKEND),
  cassandraPort: celeryOnly(null, NO_BACKEND),
  cassandraReadConsistency: celeryOnly(null, NO_BACKEND),
  cassandraServers: celeryOnly(null, NO_BACKEND),
  cassandraTable: celeryOnly(null, NO_BACKEND),
  cassandraWriteConsistency: celeryOnly(null, NO_BACKEND),
  cosmosdbsqlCollectionName: celeryOnly('celerycol', NO_BACKEND),
  cosmosdbsqlConsistencyLevel: celeryOnly('Session', NO_BACKEND),
  cosmosdbsqlDatabaseName: celeryOnly('celerydb', NO_BACKEND),
  cosmosdbsqlMaxRetryAttempts: celeryOnly(9, NO_BACKEND),
  cosmosdbsqlMaxRetryWaitTime: celeryOnly(30, NO_BACKEND),
  couchbaseBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_COUCHBASE_BACKEND_SETTINGS' }),
  elasticsearchMaxRetries: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_MAX_RETRIES' }),
  elasticsearchRetryOnTimeout: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_RETRY_ON_TIMEOUT' }),
  elasticsearchSaveMetaAsText: celeryOnly(true, NO_BACKEND, {
    old: 'CELERY_ELASTICSEARCH_SAVE_META_AS_TEXT',
  }),
  elasticsearchTimeout: celeryOnly(null, NO_BACKEND, { old: 'CELERY_ELASTICSEARCH_TIMEOUT' }),
  gcsBasePath: celeryOnly('', NO_BACKEND),
  gcsBucket: celeryOnly(null, NO_BACKEND),
  gcsProject: celeryOnly(null, NO_BACKEND),
  gcsTtl: celeryOnly(0, NO_BACKEND),
  mongodbBackendSettings: celeryOnly(null, NO_BACKEND, { old: 'CELERY_MONGODB_BACKEND_SETTINGS' }),
  s3AccessKeyId: celeryOnly(null, NO_BACKEND),
  s3BasePath: celeryOnly(null, NO_BACKEND),
  s3Bucket: celeryOnly(null, NO_BACKEND),
  s3EndpointUrl: celeryOnly(null, NO_BACKEND),
  s3Region: celeryOnly(null, NO_BACKEND),
  s3SecretAccessKey: celeryOnly(null, NO_BACKEND),
} as const satisfies Readonly<Record<string, Setting>>;
