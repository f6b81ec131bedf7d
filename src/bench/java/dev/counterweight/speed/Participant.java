package dev.counterweight.speed;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One that reads a topic, as a process of its own.
 *
 * @param what what it is, in a few words
 * @param events events that it reads
 * @param starter how it is started in a round
 * @param start name of the participant that reads next to nothing and else does the same: what this
 *     one takes beyond it is what events cost; none where nothing is told of that
 */
record Participant(String name, String what, long events, Starter starter, @Nullable String start) {

  /** How a participant is started in a round, counted from 1. */
  interface Starter {
    MeteredProcess.Launch in(int round) throws IOException;
  }
}
