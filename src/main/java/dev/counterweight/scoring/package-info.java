/**
 * Scores in a Java program of your own, by the checkpoint of a job: no broker, no Python. What it
 * tells of an event is, to the bit, what the scorer of that checkpoint tells.
 *
 * <pre>{@code
 * try (Scorer scorer = Scorer.load(checkpoint)) { // a checkpoint's folder, or one with such in it
 *   Score score = scorer.score(Map.of("amount", 129.9, "country", "CH"));
 *   score.decision(); // "ok"
 *   score.probabilities().get("fraud"); // 0.0009
 *
 *   byte[] event = "{\"amount\": 129.9, \"country\": \"CH\"}".getBytes("UTF-8");
 *   assert scorer.score(event).equals(score); // as it stands in the topic: the same
 *
 *   for (Reason reason : scorer.score(event, 2).reasons()) { // the two features that moved it most
 *     System.out.printf("%s %+.3f%n", reason.feature(), reason.contribution());
 *   }
 * }
 * }</pre>
 */
@NullMarked
package dev.counterweight.scoring;

import org.jspecify.annotations.NullMarked;
