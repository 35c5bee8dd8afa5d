import type { Component } from './component.js';

export type PortProtocol = 'UDP' | 'TCP' | 'HTTP' | 'HTTPS';

export interface ContainerPort {
  readonly access?: boolean;
  readonly internal?: { readonly port?: number };
  readonly external?: { readonly port?: number; readonly addresses?: readonly string[] };
  readonly protocol?: string;
  readonly path?: string;
}

/** v1.0 DockerContainer. */
export interface DockerContainer extends Component {
  readonly image?: { readonly locations?: readonly string[]; readonly digest?: string; readonly platform?: { readonly architecture?: string; readonly os?: string } };
  readonly privileged?: boolean;
  readonly command?: readonly string[];
  readonly entrypoint?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly network?: { readonly ports?: readonly ContainerPort[] };
}

/** v1.0 SingularityContainer and JupyterNotebook. */
export interface LocatedExecutable extends Component { readonly location?: string }

/** Own kind `local-process`: a command that the configuration allows, by its configured name. */
export interface LocalProcess extends Component {
  /** First word: name of an allowed command. The rest: its arguments, passed without a shell. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Own kind `scripted`: how the pretended execution shall behave. Durations are ISO 8601; everything is optional. */
export interface Scripted extends Component { readonly script?: Readonly<Record<string, unknown>> }

/** Own kind `helm-chart`: a chart that the configuration of a node allows, by its configured name. */
export interface HelmChart extends Component { readonly chart?: string; readonly version?: string; readonly values?: Readonly<Record<string, unknown>> }

/** Any executable as it came; which fields matter is told by `kind`. */
export type Executable = DockerContainer & LocatedExecutable & LocalProcess & Scripted & HelmChart;
