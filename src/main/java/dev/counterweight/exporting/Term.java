package dev.counterweight.exporting;

import java.util.List;
import java.util.stream.Stream;

/**
 * A value of a calculation that is being written down. What is made of it is a step more, in the
 * order of the calls; a number among the operands is a constant in double precision. The shapes are
 * as {@link Operation} says.
 */
record Term(CalculationBuilder calculation, String name) {
  Term plus(Term other) {
    return then(Operation.ADD, other);
  }

  Term plus(double number) {
    return plus(calculation.number(number));
  }

  Term minus(Term other) {
    return then(Operation.SUBTRACT, other);
  }

  Term times(Term other) {
    return then(Operation.MULTIPLY, other);
  }

  Term times(double number) {
    return times(calculation.number(number));
  }

  Term over(Term other) {
    return then(Operation.DIVIDE, other);
  }

  Term product(Term other) {
    return then(Operation.PRODUCT, other);
  }

  Term log() {
    return then(Operation.LOG);
  }

  Term larger(Term other) {
    return then(Operation.LARGER, other);
  }

  Term larger(double number) {
    return larger(calculation.number(number));
  }

  Term atLeast(Term other) {
    return then(Operation.AT_LEAST, other);
  }

  Term atMost(Term other) {
    return then(Operation.AT_MOST, other);
  }

  Term atMost(double number) {
    return atMost(calculation.number(number));
  }

  Term isNaN() {
    return then(Operation.IS_NAN);
  }

  /** Of a condition: one value where it holds, another where it does not. */
  Term choose(Term holds, Term otherwise) {
    return then(Operation.CHOICE, holds, otherwise);
  }

  Term choose(double holds, Term otherwise) {
    return choose(calculation.number(holds), otherwise);
  }

  /** Of a table: those of its rows. */
  Term rows(Term places) {
    return then(Operation.ROWS, places);
  }

  /** Of a table with a row for each row: the values that places in that row name. */
  Term gather(Term places) {
    return then(Operation.GATHER, places);
  }

  Term toFloat() {
    return then(Operation.TO_FLOAT);
  }

  Term toDouble() {
    return then(Operation.TO_DOUBLE);
  }

  Term toLong() {
    return then(Operation.TO_LONG);
  }

  Term column() {
    return then(Operation.COLUMN);
  }

  Term sum() {
    return then(Operation.SUM);
  }

  Term total() {
    return then(Operation.TOTAL);
  }

  Term placeOfLargest() {
    return then(Operation.PLACE_OF_LARGEST);
  }

  Term then(Operation operation, Term... others) {
    List<Term> operands = Stream.concat(Stream.of(this), Stream.of(others)).toList();
    return calculation.step(operation, operands);
  }
}
