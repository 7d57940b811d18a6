/**
 * Celery's wire as pure functions: no sockets, no clock.
 * Versions 5.2 and 5.6 of Celery are read alike; what is written satisfies both.
 */
export { compressorByContentType, compressorByName } from './compression.ts';
export { ContentDisallowed, EncodeError, InvalidTaskError, type PathPart, pathText } from './errors.ts';
export {
  type ErrorInfo,
  errorInfo,
  errorInfoFromJson,
  errorInfoText,
  errorInfoToJson,
  errorRepr,
  errorTraceback,
} from './exceptions.ts';
export { json, jsonPlain } from './json.ts';
export { parseJson } from './json-parse.ts';
export { stringifyJson, type ValueForm } from './json-write.ts';
export {
  type KombuDelivery,
  type KombuMessage,
  priorityFromWire,
  readKombu,
  wirePriority,
  writeKombu,
} from './kombu.ts';
export {
  EVENT_EXCHANGE,
  eventRoutingKey,
  type KombuBusDelivery,
  readKombuBus,
  writeKombuBus,
} from './kombu-bus.ts';
export { markRedelivered } from './kombu-redelivery.ts';
export { clientName, nodeFormat, nodeName, processOid, splitNodeName, workerName } from './node-names.ts';
export {
  CONTROL_EXCHANGE,
  type ControlReply,
  type ControlReplyAddress,
  type ControlRequest,
  REPLY_EXCHANGE,
  readControlReply,
  readControlRequest,
  replyChannel,
  type SendingControl,
  writeControlReply,
  writeControlRequest,
} from './pidbox.ts';
export { argsRepr, numberRepr, type SafereprOptions, saferepr, stringRepr } from './repr.ts';
export {
  type ExtendedMeta,
  type OutgoingMeta,
  readMeta,
  type TaskMeta,
  type WriteMetaOptions,
  writeMeta,
  writeMetaWithResultJson,
} from './result-meta.ts';
export {
  contentTypeOf,
  PICKLE_CONTENT_TYPE,
  serializerByContentType,
  serializerByName,
  serializerNameOf,
} from './serializers.ts';
export { readSignature, type SignatureDict } from './signature.ts';
export {
  EXCEPTION_STATES,
  FINAL_STATES,
  isFinal,
  PROPAGATE_STATES,
  precedence,
  READY_STATES,
  UNREADY_STATES,
} from './states.ts';
export {
  EMPTY_EMBED,
  type Embed,
  type ReadBodyOptions,
  readBody,
  refuseUnaccepted,
  type TaskBody,
} from './task-body.ts';
export { type ReadHeadersOptions, readHeaders, type TaskHeaders } from './task-headers.ts';
export {
  type OutgoingHeaders,
  type RawBody,
  rawBody,
  rewriteTask,
  type WriteTaskOptions,
  writeTask,
} from './task-write.ts';
export { isoUtc, parseIso } from './times.ts';
export { reviveTyped } from './typed-values.ts';
export { loadYaml, yaml } from './yaml.ts';
