package dev.counterweight.scorer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.InputOffsets;
import org.jspecify.annotations.Nullable;

/**
 * What all tasks score by.
 *
 * @param events what is scored
 * @param models from which the one is taken that answers; there is one when tasks begin
 * @param schemas that events were written by
 * @param reasons features that each score names, at most
 * @param mostBytes of key, headers and score, so that a record of it is taken by its topic
 * @param shared whether other roles of the job read what is scored, too
 * @param freshness learns what is scored, where that is the topic that is trained on; else null
 * @param offsets where the topic begins, and what is committed of it
 */
record ScorerSettings(
    JobTopics names,
    EventsConfig events,
    Models models,
    WriterSchemas schemas,
    int reasons,
    int mostBytes,
    boolean shared,
    @Nullable Freshness freshness,
    InputOffsets offsets,
    OwnScores own,
    RefusedRecords letters,
    ScorerMeters metrics) {}
