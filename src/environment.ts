/** Whether a thing is for real or for an exercise: decided by the trust root, not by a word. The integers of a card (spec/trust.md). */

export const ENVIRONMENT = { operation: 0, exercise: 1 } as const;
export type Environment = (typeof ENVIRONMENT)[keyof typeof ENVIRONMENT];

export const environmentName = (environment: Environment): keyof typeof ENVIRONMENT =>
  environment === ENVIRONMENT.exercise ? "exercise" : "operation";
