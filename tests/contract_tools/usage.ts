// What a program does with the types that openapi-typescript makes; it is compiled and never run.
import type { components, paths } from "./control";
import type { components as clientKeys } from "./client-keys";
import type { components as namedKeys } from "./named-keys";
import type { components as organizationKey } from "./organization-key";
import type { components as userKey } from "./user-key";

type Verify = paths["/v1/keys/verify"]["post"];
type Verdict = Verify["responses"]["200"]["content"]["application/json"];
type Problem = components["schemas"]["Problem"];

export function isGood(verdict: Verdict): boolean {
  return verdict.valid && verdict.code === "VALID";
}

export function reasons(problem: Problem): string[] {
  return (problem.errors ?? []).map((error) => `${error.pointer}: ${error.detail}`);
}

export function secrets(
  user: userKey["schemas"]["ApiKeyAnswer"],
  named: namedKeys["schemas"]["ApiKey"],
  organization: organizationKey["schemas"]["ApiKeyAnswer"],
  client: clientKeys["schemas"]["TokenAnswer"],
): (string | undefined)[] {
  return [user.apikey, named.api_key, organization.result?.api_key, client.access_token];
}
