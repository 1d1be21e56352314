import { ModelsClient } from '../../worker/models-client.ts';
import { LabModels } from './lab-models.ts';

let made: LabModels | null = null;

/** The page's one; its worker starts with the first question. */
export function labModels(): LabModels {
  return (made ??= new LabModels(new ModelsClient()));
}
