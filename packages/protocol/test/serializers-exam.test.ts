import { serializerConformance } from '@lovage/contracts/conformance';
import { json, jsonPlain, loadYaml } from '@lovage/protocol';

serializerConformance({ name: 'json', serializer: json });
serializerConformance({ name: 'json, plain', serializer: jsonPlain });
serializerConformance({ name: 'yaml', serializer: await loadYaml() });
