/** The looks that a drawing can have, by the names of the API; the first of each is what it has unless asked. */

export const STYLES = ["modern", "corporate", "creative", "minimal"];
export const COLOURS = ["default", "pastel", "vibrant", "monochrome"];
export const PAPERS = ["light", "dark"];
