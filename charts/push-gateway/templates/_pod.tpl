{{/* What the gateway's pods and the test have in common: the test reads the same settings, to sign its token by them. */}}
{{- define "push-gateway.env" -}}
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
# The name of the settings' file depends on it.
- name: ASPNETCORE_ENVIRONMENT
  value: Production
- name: ASPNETCORE_HTTP_PORTS
  value: "8080"
{{- $address := ternary "[$(POD_IP)]" "$(POD_IP)" .Values.ipv6 }}
- name: PushGateway__Address
  value: http://{{ $address }}:8080
{{- if .Values.allowedHosts }}
# Probes and Prometheus name the pod's address, and what is in the cluster the Service.
- name: AllowedHosts
  {{- $name := include "push-gateway.fullname" . }}
  {{- $names := list $address $name (printf "%s.%s" $name .Release.Namespace) (include "push-gateway.host" .) (printf "%s.cluster.local" (include "push-gateway.host" .)) }}
  value: {{ concat .Values.allowedHosts $names | join ";" | quote }}
{{- end }}
{{- if include "push-gateway.settingsSecret" . }}
- name: PushGateway__SettingsFile
  value: /etc/push-gateway/secrets/settings.json
{{- end }}
{{- range $setting, $place := .Values.settingsFromSecrets }}
- name: PushGateway__{{ $setting | replace ":" "__" }}
  valueFrom:
    secretKeyRef:
      name: {{ $place.name }}
      key: {{ $place.key }}
{{- end }}
{{- with .Values.externalRedis }}
{{- if .existingSecretConnectionKey }}
- name: PushGateway__Redis__Connection
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret }}
      key: {{ .existingSecretConnectionKey }}
{{- else if or .existingSecret .password }}
- name: PushGateway__Redis__Password
  valueFrom:
    secretKeyRef:
      name: {{ .existingSecret | default (include "push-gateway.fullname" $) }}
      key: {{ ternary .existingSecretPasswordKey "redis-password" (ne .existingSecret "") }}
{{- end }}
{{- end }}
{{- with .Values.otlp }}
{{- if .endpoint }}
- name: OTEL_SERVICE_NAME
  value: {{ include "push-gateway.fullname" $ }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name={{ $.Release.Namespace }},k8s.pod.name=$(POD_NAME)
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol | quote }}
{{- if .sampler }}
- name: OTEL_TRACES_SAMPLER
  value: {{ .sampler | quote }}
{{- end }}
{{- if .samplerArg }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .samplerArg | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "push-gateway.volumeMounts" -}}
# A file of its own in the program's folder: changes of it do not get here, and replace the pod instead.
- name: settings
  mountPath: /app/appsettings.Production.json
  subPath: appsettings.Production.json
  readOnly: true
{{- if include "push-gateway.settingsSecret" . }}
# A folder: changes of it do get here.
- name: secrets
  mountPath: /etc/push-gateway/secrets
  readOnly: true
{{- end }}
{{- if .Values.externalRedis.tls.caSecret }}
- name: redis-ca
  mountPath: /etc/push-gateway/redis-ca
  readOnly: true
{{- end }}
{{- if .Values.externalRedis.tls.clientSecret }}
- name: redis-client
  mountPath: /etc/push-gateway/redis-client
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Read by the pod's group alone: 288 is 0440. */}}
{{- define "push-gateway.volumes" -}}
- name: settings
  configMap:
    name: {{ include "push-gateway.fullname" . }}
{{- with include "push-gateway.settingsSecret" . }}
- name: secrets
  secret:
    secretName: {{ . }}
    defaultMode: 288
    items:
      - key: {{ ternary $.Values.existingSecretKey "settings.json" (ne $.Values.existingSecret "") | quote }}
        path: settings.json
{{- end }}
{{- with .Values.externalRedis.tls.caSecret }}
- name: redis-ca
  secret:
    secretName: {{ . }}
    defaultMode: 288
    items:
      - key: {{ $.Values.externalRedis.tls.caSecretKey | quote }}
        path: {{ $.Values.externalRedis.tls.caSecretKey | quote }}
{{- end }}
{{- with .Values.externalRedis.tls.clientSecret }}
- name: redis-client
  secret:
    secretName: {{ . }}
    defaultMode: 288
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Those that were set, each for the gateway's pods where it does not say for which; or zones and nodes, as far as there are some. Pods of one version count, so that a rollout leaves them spread. */}}
{{- define "push-gateway.topologySpreadConstraints" -}}
{{- $selector := include "push-gateway.selector" (list . "gateway") | fromYaml }}
{{- $constraints := .Values.topologySpreadConstraints }}
{{- if not $constraints }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
{{- $constraints = append $constraints (dict "topologyKey" . "maxSkew" 1 "whenUnsatisfiable" "ScheduleAnyway" "matchLabelKeys" (list "pod-template-hash")) }}
{{- end }}
{{- end }}
{{- $all := list }}
{{- range $constraints }}
{{- $all = append $all (merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" $selector))) }}
{{- end }}
{{- toYaml $all }}
{{- end }}
