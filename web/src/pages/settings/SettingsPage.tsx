import { useSettings } from "../../api/settings";
import { useWords } from "../../language";
import { useBase } from "../../shell/base";
import { FailureNotice, Waiting } from "../../shell/notices";
import { useTitle } from "../../shell/title";
import { SettingsDesk } from "./SettingsDesk";

/** What a knowledge base is set to, and what keeps it safe. */
export default function SettingsPage() {
  const base = useBase();
  const settings = useSettings(base);
  useTitle(useWords().settings.title);
  if (settings.error && settings.data === undefined) {
    return <FailureNotice error={settings.error} again={() => void settings.refetch()} />;
  }
  if (settings.data === undefined) return <Waiting />;
  return <SettingsDesk key={base} base={base} kept={settings.data} />;
}
