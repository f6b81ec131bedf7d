/**
 * What a labelled event is and how its bytes are read; what cannot be read becomes a dead letter.
 *
 * <pre>{@code
 * EventSchema schema =
 *     new EventSchema(List.of("amount"), "label", List.of("ok", "fraud"), "ts", null);
 * EventDecoder decoder = EventFormat.JSON.decoder(schema);
 * byte[] event = "{'amount': 12.5, 'label': 'fraud', 'ts': 1700000000000}".replace('\'', '"').getBytes();
 * EventHead head = decoder.head(RawEvent.of(event, 0));
 * float[] features = new float[1];
 * decoder.features(RawEvent.of(event, 0), features, 0);
 *
 * assert head.label() == 1 && head.timeMs() == 1_700_000_000_000L && features[0] == 12.5f;
 * }</pre>
 */
@NullMarked
package dev.counterweight.event;

import org.jspecify.annotations.NullMarked;
