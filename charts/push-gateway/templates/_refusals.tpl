{{/* Combinations that cannot work, or not as whoever wrote them expects. All that are found are told at once. */}}
{{- define "push-gateway.refuse" -}}
{{- $wrong := list }}
{{- $external := .Values.externalRedis }}
{{- $hasRedis := eq (include "push-gateway.hasRedis" .) "true" }}
{{- $replicas := include "push-gateway.replicas" . | int }}

{{- if and (gt $replicas 1) (not $hasRedis) (not .Values.autoscaling.enabled) }}
{{- $wrong = append $wrong (printf "replicaCount is %d, and pods know of each other by Redis alone. Set externalRedis.hosts={redis.example:6379}, or redis.enabled=true to try out, or replicaCount=1." $replicas) }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not $hasRedis) }}
{{- $wrong = append $wrong "autoscaling.enabled makes several pods, which know of each other by Redis alone. Set externalRedis.hosts={redis.example:6379}." }}
{{- end }}
{{- if and .Values.redis.enabled (eq (include "push-gateway.hasExternalRedis" .) "true") }}
{{- $wrong = append $wrong "redis.enabled brings a Redis to try out, and externalRedis names another. Set one of them." }}
{{- end }}
{{- if and (not (eq (include "push-gateway.hasExternalRedis" .) "true")) (or $external.existingSecret $external.password $external.user $external.sentinelMaster $external.tls.enabled) }}
{{- $wrong = append $wrong "externalRedis says how to log in, and not where: set externalRedis.hosts, or externalRedis.existingSecretConnectionKey." }}
{{- end }}
{{- if and $external.existingSecret $external.password }}
{{- $wrong = append $wrong "externalRedis.password and externalRedis.existingSecret are two passwords. Set one of them." }}
{{- end }}
{{- if $external.existingSecretConnectionKey }}
{{- if not $external.existingSecret }}
{{- $wrong = append $wrong "externalRedis.existingSecretConnectionKey is a key in externalRedis.existingSecret, which is not set." }}
{{- end }}
{{- if or $external.hosts $external.user $external.sentinelMaster $external.options $external.tls.hostName }}
{{- $wrong = append $wrong "externalRedis.existingSecretConnectionKey is a whole connection: hosts, user, sentinelMaster, options and tls.hostName of externalRedis belong into it." }}
{{- end }}
{{- else if and (not $external.tls.enabled) (or $external.tls.caSecret $external.tls.clientSecret $external.tls.hostName) }}
{{- $wrong = append $wrong "externalRedis.tls has certificates or a name, and no TLS: set externalRedis.tls.enabled=true." }}
{{- end }}

{{- if and .Values.existingSecret (eq (include "push-gateway.hasOwnSecretSettings" .) "true") }}
{{- $wrong = append $wrong "existingSecret stands in the place of keys, apiKeys and secretSettings. Put them into that Secret, or do without it." }}
{{- end }}
{{- if not (or (eq (include "push-gateway.hasKey" .) "true") (eq (include "push-gateway.isApiOff" .) "true")) }}
{{- $wrong = append $wrong (printf "there is no key of the API, without which no pod starts. Make one by\n      docker run --rm %s keys new --id shop --scope publish --scope read\n    and set keys.shop.Hash and keys.shop.Scopes as it says, or put its JSON into a Secret and set existingSecret. To try out: --set 'apiKeys[0]=a-text-of-16-characters-or-more'." (include "push-gateway.image" (list .Values.image .Chart.AppVersion))) }}
{{- end }}

{{- range $name, $value := .Values.settings }}
{{- range $own := list "Redis" "Security" "Connections" "Shutdown" "Management" "Metrics" "Callbacks" "Api" }}
{{- if and (eq (lower $name) (lower $own)) (ne $name $own) }}
{{- $wrong = append $wrong (printf "settings.%s: write settings.%s." $name $own) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $setting, $instead := dict "Redis.Connection" "externalRedis.hosts" "Redis.User" "externalRedis.user" "Redis.Prefix" "externalRedis.prefix" "Redis.CaCertificate" "externalRedis.tls.caSecret" "Redis.ClientCertificate" "externalRedis.tls.clientSecret" "Redis.ClientKey" "externalRedis.tls.clientSecret" "Shutdown.PauseSeconds" "shutdown.pauseSeconds" "Shutdown.DrainSeconds" "shutdown.drainSeconds" "Management.Port" "management.port" "Metrics.Enabled" "metrics.enabled" "Connections.MaxConnections" "maxConnections" "Security.AllowedOrigins" "allowedOrigins" }}
{{- $parts := splitList "." $setting }}
{{- if hasKey (get $.Values.settings (index $parts 0) | default dict) (index $parts 1) }}
{{- $wrong = append $wrong (printf "settings.%s: set %s." $setting $instead) }}
{{- end }}
{{- end }}
{{- range $setting := list "SettingsFile" "Address" }}
{{- if hasKey $.Values.settings $setting }}
{{- $wrong = append $wrong (printf "settings.%s is set by the chart." $setting) }}
{{- end }}
{{- end }}
{{- $security := get .Values.settings "Security" | default dict }}
{{- $tokens := get $security "Tokens" | default dict }}
{{- range $setting, $isThere := dict "Security.Keys" (hasKey $security "Keys") "Security.ApiKeys" (hasKey $security "ApiKeys") "Security.Tokens.HmacSecret" (hasKey $tokens "HmacSecret") "Callbacks.Secret" (hasKey (get .Values.settings "Callbacks" | default dict) "Secret") "Callbacks.PreviousSecret" (hasKey (get .Values.settings "Callbacks" | default dict) "PreviousSecret") "Redis.Password" (hasKey (get .Values.settings "Redis" | default dict) "Password") }}
{{- if $isThere }}
{{- $wrong = append $wrong (printf "settings.%s would be in a ConfigMap for all to read. Set %s." $setting (get (dict "Security.Keys" "keys" "Security.ApiKeys" "apiKeys" "Redis.Password" "externalRedis.existingSecret") $setting | default (printf "secretSettings.%s" $setting))) }}
{{- end }}
{{- end }}
{{- range $kid, $key := get $tokens "Keys" | default dict }}
{{- if hasKey $key "Secret" }}
{{- $wrong = append $wrong (printf "settings.Security.Tokens.Keys.%s.Secret would be in a ConfigMap for all to read. Set secretSettings.Security.Tokens.Keys.%s.Secret." $kid $kid) }}
{{- end }}
{{- end }}
{{- range $setting := list "Keys" "ApiKeys" }}
{{- if hasKey (get $.Values.secretSettings "Security" | default dict) $setting }}
{{- $wrong = append $wrong (printf "secretSettings.Security.%s: set %s, which changes without a restart." $setting (untitle $setting)) }}
{{- end }}
{{- end }}

{{- range $what, $all := dict "the environment" (include "push-gateway.env" . | fromYamlArray) "volumes" (include "push-gateway.volumes" . | fromYamlArray) }}
{{- $names := list }}
{{- range $all }}
{{- if has .name $names }}
{{- $wrong = append $wrong (printf "%s has %s twice: from extraEnv, settingsFromSecrets or extraVolumes, and from the chart or one of these." $what .name) }}
{{- end }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}

{{- if and .Values.terminationGracePeriodSeconds (lt (int .Values.terminationGracePeriodSeconds) (include "push-gateway.leavingSeconds" . | int)) }}
{{- $wrong = append $wrong (printf "terminationGracePeriodSeconds is %d: pods would be killed while they leave. With these values of shutdown it takes %s (pause + drain + 10)." (int .Values.terminationGracePeriodSeconds) (include "push-gateway.leavingSeconds" .)) }}
{{- end }}
{{- if eq (int .Values.management.port) 8080 }}
{{- $wrong = append $wrong "management.port is 8080, which is the port for clients." }}
{{- end }}

{{- with .Values.autoscaling }}
{{- if .enabled }}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
{{- $wrong = append $wrong (printf "autoscaling.minReplicas is %d, more than autoscaling.maxReplicas, %d." (int .minReplicas) (int .maxReplicas)) }}
{{- end }}
{{- if not (or .targetCPUUtilizationPercentage .targetMemoryUtilizationPercentage .targetConnections) }}
{{- $wrong = append $wrong "autoscaling.enabled, and no target: set one of autoscaling.targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage and targetConnections." }}
{{- end }}
{{- if and .targetConnections (gt (int .targetConnections) (int $.Values.maxConnections)) }}
{{- $wrong = append $wrong (printf "autoscaling.targetConnections is %d, and a pod takes no more than maxConnections, %d: set it well below." (int .targetConnections) (int $.Values.maxConnections)) }}
{{- end }}
{{- if and .targetCPUUtilizationPercentage (not (dig "requests" "cpu" "" $.Values.resources)) }}
{{- $wrong = append $wrong "autoscaling.targetCPUUtilizationPercentage is percent of resources.requests.cpu, which is not set." }}
{{- end }}
{{- if and .targetMemoryUtilizationPercentage (not (dig "requests" "memory" "" $.Values.resources)) }}
{{- $wrong = append $wrong "autoscaling.targetMemoryUtilizationPercentage is percent of resources.requests.memory, which is not set." }}
{{- end }}
{{- end }}
{{- end }}

{{- with .Values.podDisruptionBudget }}
{{- if .enabled }}
{{- $isMinSet := not (kindIs "invalid" .minAvailable) }}
{{- if and $isMinSet (not (kindIs "invalid" .maxUnavailable)) }}
{{- $wrong = append $wrong "podDisruptionBudget has minAvailable and maxUnavailable, of which Kubernetes takes one: set the other to null." }}
{{- else if and $isMinSet (or (eq (toString .minAvailable) "100%") (and (not (kindIs "string" .minAvailable)) (ge (int .minAvailable) $replicas))) }}
{{- $wrong = append $wrong (printf "podDisruptionBudget.minAvailable is %v of %d pods: no node of the cluster could ever be drained." .minAvailable $replicas) }}
{{- else if and (not $isMinSet) (has (toString .maxUnavailable) (list "0" "0%")) }}
{{- $wrong = append $wrong (printf "podDisruptionBudget.maxUnavailable is %v: no node of the cluster could ever be drained." .maxUnavailable) }}
{{- else if and (not $isMinSet) (kindIs "invalid" .maxUnavailable) }}
{{- $wrong = append $wrong "podDisruptionBudget has neither maxUnavailable nor minAvailable." }}
{{- end }}
{{- end }}
{{- end }}

{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- $wrong = append $wrong "ingress.enabled, and no name: it would take the requests of all others. Set ingress.hosts={push.example.com}." }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- $wrong = append $wrong "httpRoute.enabled, and no Gateway that it belongs to: set httpRoute.parentRefs[0].name." }}
{{- end }}
{{- if and (not .Values.metrics.enabled) (or .Values.metrics.serviceMonitor.enabled .Values.metrics.prometheusRule.enabled .Values.autoscaling.targetConnections) }}
{{- $wrong = append $wrong "metrics.enabled is false, and metrics.serviceMonitor, metrics.prometheusRule and autoscaling.targetConnections need metrics." }}
{{- end }}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) }}
{{- $wrong = append $wrong "serviceAccount.create is false, and serviceAccount.name says of no other: set it, to `default` where you mean that." }}
{{- end }}

{{- if $wrong }}
{{- fail (printf "\n\nThis cannot work:\n  - %s\n" (join "\n  - " $wrong)) }}
{{- end }}
{{- end }}

{{/* Whether there is a key, as far as values can tell: what is in somebody's Secret or environment, the gateway itself sees at its start. */}}
{{- define "push-gateway.hasKey" -}}
{{- $names := "" }}
{{- range .Values.extraEnv }}
{{- $names = printf "%s %s" $names .name }}
{{- end }}
{{- range $setting, $_ := .Values.settingsFromSecrets }}
{{- $names = printf "%s PushGateway__%s" $names ($setting | replace ":" "__") }}
{{- end }}
{{- if or .Values.keys .Values.apiKeys .Values.existingSecret .Values.extraEnvFrom (contains "PushGateway__Security__Keys__" $names) (contains "PushGateway__Security__ApiKeys__" $names) }}true{{ end }}
{{- end }}

{{- define "push-gateway.isApiOff" -}}
{{- if eq (dig "Api" "Enabled" true .Values.settings | toString | lower) "false" }}true{{ end }}
{{- end }}
