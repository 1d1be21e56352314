declare const __APP_VERSION__: string;
declare const __APP_COMMIT__: string;
declare const __SEESAW_RECORDINGS__: readonly string[];
