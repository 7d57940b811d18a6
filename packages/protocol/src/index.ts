/**
 * Celery's wire as pure functions: no sockets, no clock.
 * Versions 5.2 and 5.6 of Celery are read alike; what is written satisfies both.
 */
export { type Applying, type ChordToOpen, type Expansion, expand, expandRest } from './canvas/expand.ts';
export { type ChordPlace, chordPlaces, firstErrbacks, taskIds, tasksWithin } from './canvas/failing.ts';
export { type Freezing, freeze } from './canvas/freeze.ts';
export { appliedCallbacks, appliedErrbacks } from './canvas/links.ts';
export { changeTail, listOf, tailOf, withArguments, withLinks, withOptions } from './canvas/options.ts';
export { pipe } from './canvas/pipe.ts';
export { type Preparing, prepare } from './canvas/prepare.ts';
export { prioritiesTurned } from './canvas/priorities.ts';
export { childrenOf, type ResultTuple, readResultTuple, resultOf } from './canvas/result-tuple.ts';
export {
  bodyOf,
  chainSignature,
  chordSignature,
  chunksSignature,
  groupSignature,
  headerOf,
  mapSignature,
  plainSignature,
  type Shape,
  shapeOf,
  starmapSignature,
  tasksOf,
} from './canvas/shapes.ts';
export { type Stamping, stampSignature, stampTasks } from './canvas/stamp.ts';
export type { StampAnswer, StampHeaders, StampingVisitor } from './canvas/stamping-visitor.ts';
export { type Json, type Stamps, stampOptions, stampProblem, stampsOf } from './canvas/stamps.ts';
export { compressorByContentType, compressorByName } from './compression.ts';
export { readEnvelope, type StoredEnvelope, writeEnvelope } from './envelope-text.ts';
export { ContentDisallowed, EncodeError, InvalidTaskError, type PathPart, pathText } from './errors.ts';
export type { EventDocument, EventOrigin } from './events.ts';
export { eventDocument, readEvents, TASK_BATCH_TOPIC, writeEvent, writeEventBatch } from './events.ts';
export {
  type ErrorInfo,
  errorInfo,
  errorInfoFromJson,
  errorInfoText,
  errorInfoToJson,
  errorRepr,
  errorTraceback,
} from './exceptions.ts';
export { FAILURE_HEADER, type FailedRequest, type Failure, readFailure, writeFailure } from './failure.ts';
export { json, jsonPlain } from './json.ts';
export { parseJson } from './json-parse.ts';
export { stringifyJson, type ValueForm } from './json-write.ts';
export {
  type KombuDelivery,
  type KombuMessage,
  priorityFromWire,
  readKombu,
  refuseUnwritable,
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
export { LamportClock } from './lamport.ts';
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
export { zonedToUtc } from './timezone.ts';
export { reviveTyped } from './typed-values.ts';
export { fullHeaders, ownHeaders } from './usual-headers.ts';
export { loadYaml, yaml } from './yaml.ts';
