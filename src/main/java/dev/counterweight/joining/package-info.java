/**
 * Events and the labels that come later, joined by key: what waits, what is written, when it is
 * over, what is corrected, and how all of it is kept in rows.
 *
 * <pre>{@code
 * JoinRules rules =
 *     new JoinRules(60_000, 4_000, 0, JoinRules.DROP, JoinRules.Conflict.FIRST, JoinRules.Scope.ALL);
 * List<Joined> written = new ArrayList<>();
 * Output output =
 *     new Output() {
 *       public void write(Joined joined) {
 *         written.add(joined);
 *       }
 *
 *       public void tell(Fact fact) {}
 *     };
 * Totals totals = new Totals();
 * Join join = new Join(rules, new SortedRows(), new SortedDues(), output, totals);
 * byte[] key = {7};
 *
 * join.event(key, new HeldEvent(new Origin(0, 12), 1_000, new byte[] {1, 2, 3}), JoinClock.UNKNOWN);
 * assert written.isEmpty() && totals.waiting() == 1; // never at arrival of the event alone
 *
 * join.label(key, new dev.counterweight.joining.Label(1, 31_000), JoinClock.UNKNOWN);
 * assert written.get(0).label() == 1 && written.get(0).waitedMs() == 30_000;
 *
 * assert join.advance(200_000, 1_000) && totals.labels() == 0; // all that was kept is gone
 * }</pre>
 */
@NullMarked
package dev.counterweight.joining;

import org.jspecify.annotations.NullMarked;
