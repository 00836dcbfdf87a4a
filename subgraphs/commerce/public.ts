// What workers may call of commerce: it has no work in the background.
export {};
