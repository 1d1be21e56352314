import { createContext, useContext, useEffect } from 'react';

type Make = () => string;

/** Takes the function that makes a chart's picture; what it returns takes the function back. */
export const FigurePicture = createContext<((make: Make) => () => void) | null>(null);

/**
 * For charts that are not one SVG element on the page: hands the figure around them a function that makes the picture
 * for its export, as the markup of an SVG.
 */
export function useFigurePicture(make: Make): void {
  const register = useContext(FigurePicture);
  useEffect(() => register?.(make), [register, make]);
}
