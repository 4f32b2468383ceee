/** Where programs of a well-known image write, beside what their manifest declares. */
export interface KnownWrites {
  /** The end of the image's repository. */
  readonly image: RegExp;
  /** What may be empty at each start. */
  readonly scratch: readonly string[];
  /** What must outlive the container. */
  readonly data: readonly string[];
}

const php = ["/tmp", "/var/run/apache2", "/var/lock/apache2"];

/** As the images' own documentation declares it. */
export const knownWrites: readonly KnownWrites[] = [
  { image: /(?:^|\/)nginx$/, scratch: ["/tmp", "/var/cache/nginx", "/var/run"], data: [] },
  { image: /(?:^|\/)nginx-unprivileged$/, scratch: ["/tmp"], data: [] },
  { image: /(?:^|\/)httpd$/, scratch: ["/tmp", "/usr/local/apache2/logs"], data: [] },
  { image: /(?:^|\/)caddy$/, scratch: ["/tmp", "/config"], data: ["/data"] },
  { image: /(?:^|\/)postgres$/, scratch: ["/tmp", "/var/run/postgresql"], data: ["/var/lib/postgresql"] },
  { image: /(?:^|\/)mysql$/, scratch: ["/tmp", "/var/run/mysqld"], data: ["/var/lib/mysql"] },
  { image: /(?:^|\/)mariadb$/, scratch: ["/tmp", "/run/mysqld"], data: ["/var/lib/mysql"] },
  { image: /(?:^|\/)mongo$/, scratch: ["/tmp", "/data/configdb"], data: ["/data/db"] },
  { image: /(?:^|\/)(?:redis|valkey)$/, scratch: [], data: ["/data"] },
  { image: /(?:^|\/)memcached$/, scratch: [], data: [] },
  { image: /(?:^|\/)rabbitmq$/, scratch: ["/tmp"], data: ["/var/lib/rabbitmq"] },
  {
    image: /(?:^|\/)tomcat$/,
    scratch: ["/tmp", "/usr/local/tomcat/logs", "/usr/local/tomcat/temp", "/usr/local/tomcat/work"],
    data: [],
  },
  { image: /(?:^|\/)wordpress$/, scratch: php, data: ["/var/www/html"] },
  { image: /(?:^|\/)nextcloud$/, scratch: php, data: ["/var/www/html"] },
  {
    image: /(?:^|\/)elasticsearch$/,
    scratch: ["/tmp", "/usr/share/elasticsearch/logs"],
    data: ["/usr/share/elasticsearch/data"],
  },
  { image: /(?:^|\/)grafana$/, scratch: ["/tmp"], data: ["/var/lib/grafana"] },
  { image: /(?:^|\/)prometheus$/, scratch: [], data: ["/prometheus"] },
  { image: /(?:^|\/)jenkins$/, scratch: ["/tmp"], data: ["/var/jenkins_home"] },
  { image: /(?:^|\/)registry$/, scratch: [], data: ["/var/lib/registry"] },
];

/** The repository of an image's name, without tag and digest. */
export const repositoryOf = (image: string): string => image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
