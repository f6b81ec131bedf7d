/**
 * Answers that were served for events, and the classes that come later: which are judged, and what
 * becomes of the others.
 *
 * <pre>{@code
 * List<String> told = new ArrayList<>();
 * Verdicts verdicts =
 *     new Verdicts() {
 *       public void judged(Answer answer, Truth truth) {
 *         told.add("decided " + answer.decision() + ", was " + truth.label());
 *       }
 *
 *       public void tell(Fate fate) {
 *         told.add(fate.toString());
 *       }
 *     };
 * dev.counterweight.joining.Rows answers = new dev.counterweight.joining.SortedRows();
 * dev.counterweight.joining.Rows truths = new dev.counterweight.joining.SortedRows();
 * Judging judging = new Judging(new JudgingRules(60_000, 1_000), answers, truths, verdicts, new Held());
 *
 * judging.answer(12, new Answer(1_000, 0, new double[] {0.9, 0.1}));
 * judging.truth(12, new Truth(31_000, 1));
 * assert told.equals(List.of("decided 0, was 1"));
 *
 * judging.answer(13, new Answer(2_000, 0, new double[] {0.8, 0.2}));
 * assert judging.advance(90_000, 1_000) && told.get(1).equals("EXPIRED");
 * }</pre>
 */
@NullMarked
package dev.counterweight.judging;

import org.jspecify.annotations.NullMarked;
