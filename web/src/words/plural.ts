// Counted things in any language: each form of its plural, with # for the number.

export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

export function pluralsOf(language: string): (forms: Forms) => (count: number) => string {
  const rules = new Intl.PluralRules(language);
  const digits = new Intl.NumberFormat(language, { useGrouping: false });
  return (forms) => (count) => (forms[rules.select(count)] ?? forms.other).replace('#', digits.format(count));
}
