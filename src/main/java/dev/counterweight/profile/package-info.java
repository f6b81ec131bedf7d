/**
 * What a topic's events look like, from a sample of them: fields by path, their kinds, how often
 * they are missing, which of them is the label. Knows no Kafka and no configuration.
 *
 * <pre>{@code
 * TopicProfile profile = new TopicProfile();
 * profile.add(new Value.Fields(Map.of("amount", Value.number("12.5"), "label", new Value.Text("ok"))));
 *
 * assert profile.fields().get("amount").numbers() == 1;
 * }</pre>
 */
@NullMarked
package dev.counterweight.profile;

import org.jspecify.annotations.NullMarked;
