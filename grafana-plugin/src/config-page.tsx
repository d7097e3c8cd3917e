import type { AppPluginMeta, KeyValue, PluginConfigPageProps } from "@grafana/data";
import { getBackendSrv } from "@grafana/runtime";
import { Alert, Button, Field, Input, SecretInput } from "@grafana/ui";
import { type FormEvent, useState } from "react";
import { lastValueFrom } from "rxjs";

/** What the app keeps readable; the tokens lie in secureJsonData. */
export interface Settings extends KeyValue {
  /** The station's address, as Grafana's server reaches it, without a path. */
  apiUrl?: string;
}

const secrets = {
  apiToken: { label: "Operator token", hint: "A token of the station with the role operator" },
  engineerToken: {
    label: "Engineer token (optional)",
    hint: "A token with the role engineer: takes alarms out of service for Grafana's admins",
  },
} as const;
type Secret = keyof typeof secrets;

/** Where an administrator enters the station's address and tokens. A stored token is never shown. */
export function ConfigPage({ plugin }: PluginConfigPageProps<AppPluginMeta<Settings>>) {
  const { meta } = plugin;
  const [apiUrl, setApiUrl] = useState(meta.jsonData?.apiUrl ?? "");
  const [entered, setEntered] = useState<Partial<Record<Secret, string>>>({});
  const [replaced, setReplaced] = useState<ReadonlySet<Secret>>(new Set());
  const [problem, setProblem] = useState("");
  const isKept = (name: Secret) => Boolean(meta.secureJsonFields?.[name]) && !replaced.has(name);

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await lastValueFrom(
        getBackendSrv().fetch({
          url: `api/plugins/${meta.id}/settings`,
          method: "POST",
          data: {
            enabled: true,
            pinned: meta.pinned,
            jsonData: { apiUrl: apiUrl.replace(/\/+$/, "") },
            secureJsonData: entered,
          },
        }),
      );
      // Grafana gives a plugin its settings at the start of the page alone.
      window.location.reload();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : JSON.stringify(error));
    }
  };

  return (
    <form onSubmit={onSubmit}>
      {problem && <Alert title="The settings were not saved">{problem}</Alert>}
      <Field
        label="Station address"
        description="Such as http://ingest:8080, as Grafana reaches it"
      >
        <Input
          id="kenh-api-url"
          width={60}
          value={apiUrl}
          required
          onChange={(event) => setApiUrl(event.currentTarget.value.trim())}
        />
      </Field>
      {(Object.keys(secrets) as Secret[]).map((name) => (
        <Field key={name} label={secrets[name].label} description={secrets[name].hint}>
          <SecretInput
            id={`kenh-${name}`}
            width={60}
            isConfigured={isKept(name)}
            value={entered[name] ?? ""}
            onChange={(event) =>
              setEntered({ ...entered, [name]: event.currentTarget.value.trim() })
            }
            onReset={() => setReplaced(new Set([...replaced, name]))}
          />
        </Field>
      ))}
      <Button type="submit" disabled={!apiUrl || (!isKept("apiToken") && !entered.apiToken)}>
        Save
      </Button>
    </form>
  );
}
