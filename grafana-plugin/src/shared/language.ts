/** The two languages of the product; Vietnamese first. */
export const languages = ["vi", "en"] as const;
export type Language = (typeof languages)[number];

/** The locale whose number and list formats go with a language. */
export const locales: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
