/**
 * What the roles tell each other: topics, spans, the end of a run, reports, schemas that must
 * agree.
 *
 * <pre>{@code
 * JobTopics topics = new JobTopics("fraud", "payments");
 * RunEnd run = new RunEnd(new TreeMap<>(Map.of(0, 100L)), 7);
 *
 * assert topics.batches().equals("fraud.batches") && topics.owns("fraud.metrics");
 * assert run.owns(Map.of(0, 100L), 3); // marks not below where the topic ended at the start
 * assert !run.owns(Map.of(0, 60L), 3); // those of an earlier run stop nobody
 * }</pre>
 */
@NullMarked
package dev.counterweight.protocol;

import org.jspecify.annotations.NullMarked;
