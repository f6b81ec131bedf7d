package dev.counterweight.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureDeclarationTest {

  @Test
  void plainNumbersUnderTheirOwnNamesAreNotDeclared() {
    assertThat(FeatureDeclaration.of(FeatureSchema.ofNumbers(List.of("a", "b.c")))).isNull();
  }

  @Test
  void aNumberFromElsewhereIsDeclaredAndSoAreTheOthersBesideIt() {
    Feature moved =
        new Feature("b", FieldPath.parse("x.b"), new Feature.Number(), new Feature.Reject());

    assertThat(FeatureDeclaration.of(new FeatureSchema(List.of(Feature.number("a"), moved))))
        .containsExactly(number("a", "a", 0), number("b", "x.b", 1));
  }

  @Test
  void aDeclarationSaysAllThatItsColumnsAreMadeBy() {
    Feature.Table table = new Feature.Table(50, 5, -3);
    FeatureSchema schema =
        new FeatureSchema(
            List.of(
                new Feature(
                    "at",
                    FieldPath.parse("header:at"),
                    new Feature.Time(EventTimeUnit.US, ZoneId.of("Europe/Zurich")),
                    new Feature.Mean()),
                new Feature(
                    "tags",
                    FieldPath.parse("tags"),
                    new Feature.Categories(table, 3),
                    new Feature.Literal("mean"))));

    assertThat(FeatureDeclaration.of(schema))
        .containsExactly(
            new FeatureDeclaration(
                "at",
                "header:at",
                "time",
                "mean",
                null,
                null,
                null,
                null,
                null,
                "Europe/Zurich",
                "us",
                List.of(0, 5)),
            new FeatureDeclaration(
                "tags",
                "tags",
                "categories",
                "literal",
                "mean",
                50,
                5,
                -3L,
                3,
                null,
                null,
                List.of(5, 3)));
  }

  private static FeatureDeclaration number(String name, String path, int column) {
    return new FeatureDeclaration(
        name,
        path,
        "number",
        "dead-letter",
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(column, 1));
  }
}
