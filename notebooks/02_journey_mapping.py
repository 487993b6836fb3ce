# %% [markdown] tags=["zh"]
# # 02 旅程地图
#
# **本章回答：客户怎么一步步走过来，在哪里停下？我们承诺的时间兑现了吗？哪些是关键时刻，旅程在哪里转折，客户记住了什么？**

# %% [markdown] tags=["en"]
# # 02 Journey mapping
#
# **This chapter answers: how do customers come through, and where do they stop; do we keep our promises in time; which are the moments of truth, where do journeys turn, and what do customers remember?**

# %% tags=["parameters"]
client: str = "../../datasets/hotel"  # 客户文件夹 / client folder
language: str = "zh"  # 报告语言 zh 或 en / report language
segment: str = ""  # 只看一个客户群，留空为全部 / one customer segment, empty for all
start: str = ""  # 起始日期，如 2025-01-01 / first day
end: str = ""  # 截止日期 / last day
min_n: int = 30  # 少于此样本量不作判断 / smaller groups are not judged

# %%
import keytouch as kt

kt.use(language)
client = kt.open_client(client, segment=segment, start=start, end=end)
kt.introduce(client)
scale = client.scale("csat")

# %% [markdown] tags=["zh"]
# ## 旅程概览
#
# 一段旅程是同一位客户为同一件事与我们的一连串互动，例如一次订单、一次航班、一次入住。

# %% [markdown] tags=["en"]
# ## Journeys at a glance
#
# A journey is the chain of one customer's contacts about one matter: an order, a flight, a stay.

# %%
summary = kt.journey_summary(client.steps)
kt.show(summary, "journey_summary")

# %% [markdown] tags=["zh"]
# ## 走到哪一步
#
# “到达”指走到这一阶段或更远；“止步”指到此为止。最后一个阶段的止步就是走完。

# %% [markdown] tags=["en"]
# ## How far do they get?
#
# “Reached” means that a journey came to this stage or further; “stopped” means that it went no further. At the last stage stopping is arriving.

# %%
funnel = kt.stage_funnel(client.journey_rows, client.touchpoints, stages=client.stages)
kt.plot_funnel(funnel)
kt.say(kt.funnel_findings(funnel))
kt.show(
    funnel,
    "funnel",
    columns=["stage_id", "touched", "reached", "reach_rate", "stop_rate"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 结果如何
#
# 每段旅程最后怎样收场，从哪个渠道进来的更容易转化。

# %% [markdown] tags=["en"]
# ## How do they end?
#
# How journeys end, and which entry channel converts more of them.

# %%
outcomes = kt.outcomes(client.journeys)
kt.plot_outcomes(outcomes)
kt.say(kt.outcome_findings(outcomes))
kt.show(outcomes, "outcomes", twin=True)

# %%
conversion = kt.conversion(client.journeys, min_n=min_n)
kt.plot_conversion(conversion)
kt.say(kt.conversion_findings(conversion))
kt.show(conversion, "conversion", twin=True)

# %% [markdown] tags=["zh"]
# ## 客户还会回来吗
#
# 按客户首次出现的月份分批，看之后每个月还有多少人开始新的旅程；还没结束的月份不计，人数太少的批次不展示。另看每月有互动的客户平均互动几次。何时不要相信：“首次”只是数据里的第一次，最早一批含老客户；互动多不一定是好事，也可能是反复来催。

# %% [markdown] tags=["en"]
# ## Do customers come back?
#
# Customers are grouped by the month in which they were first seen; for every later month this gives the share that begins another journey. Months that aren't over don't count and groups that are too small aren't shown. Beside it, how often an active customer is in contact each month. When not to trust it: “first” is only the first time in these data, so the earliest group holds old customers; and many contacts may be good news or customers chasing us.

# %%
cohorts = kt.cohorts(client.steps, min_n=min_n)
retention = kt.retention(cohorts, min_n=min_n)
kt.plot_retention(retention, cohorts=cohorts)
kt.say(kt.retention_findings(retention))
kt.show(cohorts, "cohorts", twin=True)

# %%
engagement = kt.engagement(client.steps, min_n=min_n)
kt.say(kt.engagement_findings(engagement))
kt.show(engagement, "engagement")

# %% [markdown] tags=["zh"]
# ## 下一步去哪里
#
# 从一个接触点到下一个接触点的去向与间隔时间。原地重复往往意味着一次没办成。

# %% [markdown] tags=["en"]
# ## Where do they go next?
#
# From each touchpoint to the next, and the time between. A step back to the same touchpoint often means that the first try failed.

# %%
transitions = kt.transitions(client.steps)
kt.plot_transitions(transitions)
kt.say(kt.transition_findings(transitions, min_n=min_n))
kt.show(transitions, "transitions", twin=True)

# %% [markdown] tags=["zh"]
# ## 客户在接触点之间怎样流动
#
# 方框是接触点，按阶段从左到右排列；线越宽，走的人次越多。先看退回（橙色）和原地重复的环：它们往往是没办成的事。少见的流向和接触点合并后不画，但都计了数，副标题写明占多少；每个方框进来的都等于继续走的加上结束的。同一段旅程多次经过会多次计数，图里的先后也不等于因果；没有记录的接触点，会让前后两步看起来直接相连。（方法：直接跟随图，van der Aalst，2016；区间：Wilson，1927）

# %% [markdown] tags=["en"]
# ## How do customers move between touchpoints?
#
# Boxes are touchpoints, stage by stage from left to right; the wider a link, the more moves. Look first at the steps back (orange) and the loops: they often stand for something that was not settled. Rare links and touchpoints are folded, not lost: the subtitle says how much they are, and at every box what comes in equals what goes on plus what ends. A journey that passes twice counts twice, and what follows is not what is caused; a touchpoint that nobody records makes its neighbours look directly tied. (Directly-follows graph: van der Aalst, 2016; intervals: Wilson, 1927)

# %%
links = kt.flow_links(transitions, client.touchpoints, stages=client.stages)
kt.plot_flow_graph(links, stages=client.stages)
kt.say(kt.flow_findings(links, min_n=min_n))
kt.show(kt.flow_balance(links), "flow_balance", twin=True)
columns = ["from_stage", "from_id", "to_stage", "to_id", "n", "share_rate", "direction", "drawn"]
kt.show(links, "flow_links", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 旅程怎样走过各个阶段
#
# 同一批旅程，只看阶段：向前、跳过（上方）、退回（下方）和在哪里结束；带宽按比例，每根柱子进来的都等于离开的加上结束的。退回和跳过的比例以到过该阶段的旅程为底，一段旅程只计一次；客户看不见的后台步骤不算。阶段划分改了，图也会变：若某个接触点本来就跨阶段，退回可能只是归类的结果。（桑基图：Sankey，1898；区间：Wilson，1927）

# %% [markdown] tags=["en"]
# ## How do journeys pass through the stages?
#
# The same journeys by stage only: onward, past a stage (above), back (below), and where they end; bands are to scale, and at every bar what comes in equals what goes out plus what ends. The shares of those that go back or skip are of all journeys that met the stage, each counted once; steps back stage, which no customer sees, don't count. Other stages would give another picture: where a touchpoint belongs to two stages, a step back may be no more than how it was filed. (Sankey, 1898; intervals: Wilson, 1927)

# %%
flows = kt.stage_flows(client.steps, client.touchpoints, stages=client.stages)
kt.plot_sankey(flows, stages=client.stages)
kt.say(kt.stage_flow_findings(flows, min_n=min_n))
kt.show(flows, "stage_flows", twin=True)

# %% [markdown] tags=["zh"]
# ## 客户常走哪些路
#
# 把每段旅程依次经过的接触点连起来就是一条路径。下图按旅程数列出最常走的路径，其余路径合成一行，各行相加正好是全部旅程；表中另有每条路径的转化率和首尾间隔的中位数。路径越长、接触点记录得越细，相同的路径就越少，这时“其余路径”占大头，应当先看上面的去向，而不是逐条读路径。旅程的先后以时间为准，同一时刻的先后靠序号，两者都没有的互动不计入。路径分析源自过程挖掘（van der Aalst，2016）。

# %% [markdown] tags=["en"]
# ## Which paths do they take?
#
# The touchpoints of a journey in order are its path. The figure lists the most frequent paths and puts all others in one row, so that the rows add up to all journeys; the table adds each path's conversion and the median time from first to last step. The longer journeys are, and the finer touchpoints are recorded, the fewer journeys share a path: where “all other paths” is the largest row, read the steps above rather than single paths. Time orders a journey, a sequence number orders what has the same time, and contacts with neither are left out. Paths are read this way in process mining (van der Aalst, 2016).

# %%
paths = kt.variants(client.journey_rows, client.journeys)
kt.plot_variants(paths)
kt.say(kt.variant_findings(paths))
kt.show(paths, "variants", twin=True)

# %% [markdown] tags=["zh"]
# 走到第几步时，旅程都在哪里？每一步各行相加都等于全部旅程，已经结束的旅程单列一行。

# %% [markdown] tags=["en"]
# Where are journeys at each step? The rows of every step add up to all journeys; those that are over have a row of their own.

# %%
places = kt.step_matrix(client.steps, upto=5)
kt.show(places, "step_matrix", top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 哪里走了回头路
#
# 客户为同一件事回到同一个接触点，不是当场重来，就是绕了一圈又回来返工。这里给出每个接触点走回头路的旅程占比、多花的时间（有成本记录时还有成本），以及这些旅程的总体得分低多少。何时不要相信：多看几件商品、每天吃早餐也算重复，未必是毛病；一路不顺的旅程处处都多，得分差是关联，不是原因。来源：Welch（1947）；Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ## Where do journeys come back?
#
# Customers return to the same touchpoint about the same matter: at once, or after a detour, which is rework. For each touchpoint this gives the share of journeys that come back, the extra time (and cost, where costs are recorded), and how much lower those journeys score. When not to trust it: looking at several products or having breakfast every day is a repeat and no fault; and where all goes badly everything repeats, so the difference in score is an association and no cause. Source: Welch (1947); Benjamini & Hochberg (1995).

# %%
loops = kt.loops(client.steps, client.feedback, scale=scale, min_n=min_n)
kt.plot_loops(loops)
kt.say(kt.loop_findings(loops))
columns = ["touchpoint_id", "n", "loop_rate", "self_rate", "later_rate", "extra_minutes"]
kt.show(loops, "loops", columns=[*columns, "score_change", "p_value"], twin=True)

# %% [markdown] tags=["zh"]
# ## 承诺与实际
#
# 凡是给出过承诺时间的接触点，都与实际时间逐一比较。

# %% [markdown] tags=["en"]
# ## Promised against actual
#
# Wherever a time was promised, it is compared with the actual one.

# %%
delays = kt.delays(client.interactions, late_minutes=client.settings.thresholds.late_minutes)
kt.plot_delays(delays)
kt.say(kt.delay_findings(delays, min_n=min_n))
kt.show(delays, "delays", twin=True)

# %% [markdown] tags=["zh"]
# 晚多久客户就不再原谅？下图按逾期程度比较总体得分。

# %% [markdown] tags=["en"]
# How late is too late? The overall score by how late the promise was kept:

# %%
late = kt.latest(delays)
bands = kt.score_by_lateness(client.interactions, client.feedback, touchpoint=late)
kt.plot_score_by_lateness(bands, touchpoint=late, scale=scale)
kt.say(kt.lateness_findings(bands, late))
kt.show(bands, "score_by_lateness", twin=True)

# %% [markdown] tags=["zh"]
# ## 等待与失败

# %% [markdown] tags=["en"]
# ## Waits and failures

# %%
service = kt.service(client.interactions)
kt.show(service, "service", top=20)

# %% [markdown] tags=["zh"]
# ## 时间花在哪里，缩短哪一步最划算
#
# 先看旅程的时间花在哪些步骤，再算一笔账：如果某一步的等待和办理时间减半，平均每段旅程能省多少。何时不要相信：到下一步的时间里也有客户自己的时间（例如订了房等出发），不全是我们能省的；推算假定其余不变，也没有计算省时之后满意度会怎样。来源：比率估计，Cochran（1977）。

# %% [markdown] tags=["en"]
# ## Where does the time go, and which step is worth shortening?
#
# First where the journeys' time goes, then a sum: if waiting and service at one step took half as long, how much would a journey save on average? When not to trust it: the time to the next step holds the customer's own time too, such as the days between booking and travel; the sum takes all else as unchanged and says nothing on what satisfaction would do. Source: ratio estimates, Cochran (1977).

# %%
costs = kt.step_costs(client.steps, min_n=min_n)
kt.plot_step_costs(costs)
kt.say(kt.step_cost_findings(costs))
columns = ["touchpoint_id", "n", "dwell_minutes", "time_share", "wait_share"]
kt.show(costs, "step_costs", columns=columns, twin=True)

# %%
savings = kt.step_savings(client.steps, shorten=0.5, time_kind="contact", min_n=min_n)
kt.plot_step_savings(savings)
kt.say(kt.saving_findings(savings))
kt.show(savings, "step_savings", twin=True)

# %% [markdown] tags=["zh"]
# ## 计划的旅程，客户真的走完了吗
#
# 把服务蓝图（每个阶段计划了哪些步骤、承诺多久）与每一段真实旅程逐条对齐，就能看出哪些步骤漏做了，哪些次序颠倒、重复办理、办理失败或晚于承诺，哪些互动根本不在计划里。比例只算走到该阶段的旅程，中途离开的人后面没走的步骤不算漏做。何时不要相信：没有记录的步骤无法判断，不等于没做；没有蓝图时，对照的只是按多数旅程起草的初稿。来源：服务蓝图 Shostack（1984）；逐条对齐 van der Aalst、Adriansyah 与 van Dongen（2012）。

# %% [markdown] tags=["en"]
# ## Do journeys go as planned?
#
# The service blueprint (which steps each stage plans, and what was promised) is laid beside every real journey. That shows which steps were left out, taken out of order, done again, tried without success or later than promised, and what happened that nobody planned. Shares count the journeys that reached the stage: whoever left earlier has not left out what came later. When not to trust it: a step that nobody records can't be judged, which does not mean that it wasn't done; and without a blueprint journeys are held against a draft of what most of them do. Source: service blueprint, Shostack (1984); alignment, van der Aalst, Adriansyah & van Dongen (2012).

# %%
plan = kt.find_plan(client)
patterns = kt.follow_plan(client, plan)
fitness = kt.fitness(patterns)
kt.say(kt.plan_findings(plan))
kt.say(kt.fitness_findings(fitness))
kt.show(fitness, "fitness", columns=["kpi", "stage_id", "value", "n"])

# %% [markdown] tags=["zh"]
# ### 偏离计划的代价
#
# 每一种偏差有多常见，遇到它的旅程总体得分低多少。一段旅程往往同时出几种差错，所以把各种偏差放进同一个回归里互相扣除；表中同时给出未校正的差。何时不要相信：差错常有共同的原因，扣除之后仍是相关关系，不能证明因果；总是同时出现的两种偏差无法分开，留空不判断。来源：Welch（1947）；稳健标准误 MacKinnon 与 White（1985）；多重比较校正 Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ### What leaving the plan costs
#
# How frequent each deviation is, and how much lower journeys with it score overall. Journeys tend to go wrong in several ways at once, so all deviations stand in one regression and are held equal; the plain difference stands beside. When not to trust it: troubles share causes, and what is left after holding the others equal is still an association and no proof of cause; two deviations that always come together can't be told apart and are left blank. Source: Welch (1947); robust errors, MacKinnon & White (1985); many comparisons, Benjamini & Hochberg (1995).

# %%
met, rates = kt.steps_met(patterns), kt.deviations(patterns)
costs = kt.deviation_costs(patterns, scale=scale, min_n=min_n)
kt.plot_planned_actual(met, deviations=rates, costs=costs)
kt.say(kt.cost_findings(costs))

# %%
kt.say(kt.deviation_findings(rates))
columns = ["touchpoint_id", "deviation", "deviation_rate", "journeys", "n"]
kt.show(rates, "deviations", columns=columns, top=20, twin=True)
columns = ["touchpoint_id", "deviation", "score_change", "raw_score_change", "n_with", "n", "p_value"]
kt.show(costs, "deviation_costs", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 哪些差错拉低整体感受
#
# 把客户实际遇到的事（办理失败、超过承诺时间、等得太久）与他们给的总体得分按旅程对接：出过问题的旅程比没出问题的低多少。这比单看评分更早发现问题，因为记录不用等客户开口。何时不要相信：一路不顺的旅程往往多处出错，差距不全是这一处造成的。来源：Welch（1947）；多重比较校正 Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ## Which trouble lowers the whole?
#
# What customers really met - a failure, a broken promise, a long wait - is joined with their overall score by journey: how much lower do journeys with the trouble score? The log shows trouble before anybody is asked. When not to trust it: journeys that go wrong tend to go wrong in several places, so the difference is not all this one's doing. Source: Welch (1947); many comparisons corrected by Benjamini & Hochberg (1995).

# %%
tracks = kt.moment_tracks(client.interactions, client.feedback, scale=scale, min_n=min_n)
kt.plot_moment_tracks(tracks)
kt.say(kt.track_findings(tracks))
columns = ["touchpoint_id", "signal", "score_bad", "score_good", "score_change", "n"]
kt.show(tracks, "moment_tracks", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 转到别的渠道，问题还解决得了吗
#
# 一个没解决的问题，客户再来找我们时，要么还在原来的渠道，要么被转到另一个渠道。比较两者的解决率，就知道哪一次转办最伤客户，以及有多少客户因此放弃。何时不要相信：更难的问题可能更常被转走，差别里有一部分是问题本身的难度；没有记录是否解决的联系不计入。来源：Newcombe（1998）。

# %% [markdown] tags=["en"]
# ## Is a matter still solved after it changes channel?
#
# When a matter is left open, the customer's next contact is either in the same channel or in another. Comparing how often it is solved then shows which hand-over hurts most, and how many customers give up over it. When not to trust it: harder matters may be passed on more often, so part of the difference is the matter's own; contacts without a record of success don't count. Source: Newcombe (1998).

# %%
handed = kt.hand_overs(client.steps, min_n=min_n)
kt.plot_hand_overs(handed)
kt.say(kt.hand_over_findings(handed))
columns = ["touchpoint_id", "from_channel", "to_channel", "n", "handed_solved_rate"]
columns += ["stayed_solved_rate", "loss_rate", "handed_drop_rate", "stayed_drop_rate", "p_value"]
kt.show(handed, "hand_overs", columns=columns, twin=True)

# %%
switches = kt.channel_switches(client.steps)
kt.say(kt.switch_findings(switches))
kt.show(switches, "channel_switches")

# %% [markdown] tags=["zh"]
# ## 客户走哪些渠道，结果如何
#
# 把每段旅程依次经过的渠道连成路径，看最常走的几条各有多少转化。这张表也是后面渠道归因的依据。何时不要相信：转化之后才会用到的渠道（例如到店、售后）自然全是转化过的旅程，高转化率不说明这些渠道带来了转化。

# %% [markdown] tags=["en"]
# ## Which channels do journeys pass, and what comes of it?
#
# The channels of each journey, in order, form a path; here are the most frequent ones and how many convert on each. The table is also the ground for attributing conversions to channels later. When not to trust it: a channel that is only used after conversion, such as the desk or after-sales, naturally sees only journeys that converted; its high rate doesn't mean that it brought them.

# %%
paths = kt.paths(client.journey_rows)
kt.say(kt.path_findings(paths))
kt.show(paths, "paths", top=10)
kt.show(kt.coalitions(paths), "coalitions", twin=True)

# %% [markdown] tags=["zh"]
# ## 什么样的旅程更让人满意
#
# 把每段旅程概括成几个数：步数、重复、失败、等待、最长的停顿、换渠道的次数，以及途中感受的平均、峰值和最后一刻，看每一项与总体得分的关联。何时不要相信：每一项单独计算，长旅程样样都多；感受与总体得分出自同一个人，自然相关。来源：White（1980）；Liang 与 Zeger（1986）。

# %% [markdown] tags=["en"]
# ## What goes with a good journey?
#
# Each journey is summed up in a few numbers - steps, repeats, failures, waits, the longest pause, changes of channel, and the mean, peak and last feeling on the way - and each is held against the overall score. When not to trust it: every number stands alone, and long journeys have more of everything; feelings and overall score come from the same person and go together anyway. Source: White (1980); Liang & Zeger (1986).

# %%
features = kt.journey_features(client.steps, journeys=client.journey_rows, feedback=client.feedback)
effects = kt.feature_effects(features, scale=scale, min_n=min_n)
kt.plot_feature_effects(effects)
kt.say(kt.feature_findings(effects))
columns = ["feature", "target", "score_change", "correlation", "n", "p_value"]
kt.show(effects, "feature_effects", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 四类关键时刻
#
# 关键时刻是客户亲历的、对整体感受影响大的接触点，按首次接触、购买决策、售后服务、投诉与反馈分为四类。每个接触点给出关键概率，以及它是加分（做得好能赢得客户）还是减分（做不好会失去客户）。何时不要相信：类型来自接触点清单，归错了类，结论就放错了地方；方向在惩罚—奖励对比尚无定论时只看得分高低，仅供参考。来源：Carlzon（1987）；Brandt（1987）。

# %% [markdown] tags=["en"]
# ## Moments of truth, by type
#
# A moment of truth is a touchpoint as lived that moves the whole experience; there are four types: first contact, purchase decision, after-sales, complaint and feedback. Each touchpoint comes with its probability of being key, and whether it makes the experience (good service wins customers) or breaks it (bad service loses them). When not to trust it: types come from the inventory, and a touchpoint under the wrong type puts the conclusion in the wrong place; where the penalty–reward contrast is undecided the direction rests on the score alone and is a hint. Source: Carlzon (1987); Brandt (1987).

# %%
scores = kt.scores(client.feedback, scale=scale, min_n=min_n)
keys = kt.find_keys(client, min_n=min_n)
impacts = kt.penalty_reward(client.feedback, min_n=min_n)
moments = kt.moments(client.touchpoints, keys, scores=scores, impacts=impacts)
kt.plot_moments(moments)
kt.say(kt.moment_findings(moments))
columns = ["moment", "touchpoint_id", "p_key", "direction", "direction_by", "score", "n"]
kt.show(moments, "moments", columns=columns, top=40, twin=True)

# %% [markdown] tags=["zh"]
# ### 四类时刻各看什么指标
#
# 首次接触看有多少旅程止步于此，购买决策看之后有没有成交，售后看一次解决率与解决用时，投诉看响应等待、补救满意度和之后是否再来。都由事件记录与评分按旅程编号对接得出，每个数字带区间和样本量。何时不要相信：没有记录成败或时间的接触点没有这些指标；“再次光顾”只算观察期完整的客户。来源：比例 Wilson（1927），中位数按二项分布。

# %% [markdown] tags=["en"]
# ### What to measure at each type
#
# At first contact: how many journeys end there; at the purchase decision: how many convert afterwards; after sales: how often the first contact solves it and how long it takes; at complaints: the wait for a response, satisfaction with the recovery, and who comes back. All come from the event log and scores joined by journey, with interval and n. When not to trust it: a touchpoint that records neither success nor times has no such figure, and coming back is counted only for customers whose following days all lie in the data. Source: Wilson (1927) for shares, binomial ranks for medians.

# %%
figures = kt.find_moment_kpis(client)
kt.show(figures, "moment_kpis", columns=["moment", "touchpoint_id", "kpi", "value", "n"], top=40)

# %% [markdown] tags=["zh"]
# ## 旅程在哪里转折
#
# 转折点是这样的接触点：在这里体验好，后面一路都好；体验差，后面一路都差。办法是在同一段旅程内部相减：之后的得分减之前的得分，客户从头到尾的好心情或坏心情就抵消了，剩下的才是这一处带来的。何时不要相信：旅程的第一个接触点之前没有得分，无从比较；之后若发生了别的事（例如误点既拖累登机又拖累行李），也会显得像转折。来源：旅程内差分；心情的载荷按单因子模型估计（Spearman，1904）。

# %% [markdown] tags=["en"]
# ## Where do journeys turn?
#
# A turning point is a touchpoint after which everything goes better, or worse: a good experience there lifts what follows, a bad one drags it down. The means is a difference within the journey: scores after it minus scores before it, so that a customer's good or bad mood from beginning to end cancels and what is left is what this touchpoint brought. When not to trust it: the first touchpoint of a journey has nothing before it to compare with, and something else that happens then (a late flight that spoils boarding and baggage alike) may look like a turn. Source: differences within journeys; loadings of the common mood by a one-factor model (Spearman 1904).

# %%
turns = kt.find_turns(client, min_n=min_n)
kt.plot_turning_points(turns)
kt.say(kt.turning_findings(turns))
columns = ["touchpoint_id", "after_bad", "after_good", "shift_points", "p_turn", "n"]
kt.show(turns, "turning_points", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ### 哪里失败会丢掉成交
#
# 同样的问题换到结果上：某个接触点第一次办成与第一次失败之后，成交率差多少。为了不把“处处不顺”的旅程算到一个接触点头上，比较时按此前是否已经失败分成两层再合并。何时不要相信：有的接触点办成就等于成交（例如付款），差距自然悬殊，它说明这里不能失败，不说明改进能带来多少。来源：Mantel 与 Haenszel（1959）。

# %% [markdown] tags=["en"]
# ### Where does failure cost the conversion?
#
# The same question of the outcome: how far apart is conversion after a first success and after a first failure at a touchpoint? So that journeys in which everything fails are not put down to one touchpoint, journeys are compared within two strata, with and without an earlier failure, and then pooled. When not to trust it: where success is the purchase itself (a payment) the difference is large by nature; it says that this must not fail, not how much an improvement would bring. Source: Mantel & Haenszel (1959).

# %%
conversions = kt.conversion_turns(client.interactions, client.journeys, min_n=min_n)
kt.plot_conversion_turns(conversions)
kt.say(kt.conversion_turn_findings(conversions))
columns = ["touchpoint_id", "failure_conversion_rate", "success_conversion_rate", "gap_rate", "n"]
kt.show(conversions, "conversion_turns", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 客户事后记住的是什么
#
# 同一段旅程，客户边走边打分，事后再给总体评分。总体评分跟着哪一种规则走：全程平均、最强烈的时刻加结尾（峰终定律）、只看结尾，还是看走势？四种规则在本客户自己的旅程上比较，并说明把握有多大。旅程不够多时不下结论，只告诉您还差多少。何时不要轻信：接触点若是事后与总体一起打分，早已被总体印象染色，这时不作判断；相关也不等于因果。来源：Fredrickson 与 Kahneman（1993），Kahneman 等（1993）。

# %% [markdown] tags=["en"]
# ## What do customers remember?
#
# Customers rate moments on the way and the whole afterwards. Which rule does the whole follow: the mean of all moments, the most intense moment and the end (peak–end rule), the end alone, or the trend? The four are compared on this client's own journeys, with how sure that is. Where there are too few journeys nothing is named; you are told how many it takes. When not to trust it: moments that were rated afterwards, together with the whole, are coloured by it, and then no verdict on memory is given; nor is a correlation a cause. Source: Fredrickson and Kahneman (1993); Kahneman et al. (1993).

# %%
tables = {"interactions": client.interactions, "touchpoints": client.touchpoints}
order = {**tables, "stages": client.stages}
rules = kt.peak_end(client.feedback, **order, min_n=min_n)
kt.plot_peak_end(rules)
kt.say(kt.memory_findings(rules))
columns = ["rule", "correlation", "rule_weight", "p_best", "n_safe", "verdict", "n"]
kt.show(rules, "peak_end", columns=columns, twin=True)

# %%
remembered = kt.memory_bins(kt.remembered_journeys(client.feedback, **order), scale=scale)
kt.plot_memory_bins(remembered)
kt.show(remembered, "memory_bins", columns=["place", "x", "score", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ### 旅程的高点和低点落在哪里
#
# 每段旅程最强烈的时刻称为峰值，可能愉快，也可能不愉快。如果记忆由峰值和结尾决定，常成为不愉快峰值的接触点就该先修，常在结尾的接触点就值得设计成好的收尾。何时不要轻信：只有打过分的时刻才算数，样本少的接触点颜色较浅。来源：Fredrickson 与 Kahneman（1993）。

# %% [markdown] tags=["en"]
# ### Where are the highs and lows?
#
# The most intense moment of a journey is its peak, pleasant or not. If peak and end make the memory, repair first what is often an unpleasant peak, and design a good ending where journeys often end. When not to trust it: only rated moments count, and touchpoints with few ratings are pale. Source: Fredrickson and Kahneman (1993).

# %%
peaks = kt.peak_moments(client.feedback, **order, min_n=min_n)
kt.plot_peak_moments(peaks)
kt.say(kt.peak_moment_findings(peaks))
kt.show(
    peaks,
    "peak_moments",
    columns=["touchpoint_id", "peak_rate", "high_peak_rate", "low_peak_rate", "end_rate", "n"],
    top=40,
    twin=True,
)

# %% [markdown] tags=["zh"]
# ### 感知、情绪与满意度
#
# 三件事分开看：客户注意到了什么（感知）、当时是什么心情（情绪）、事后怎样评价（满意度）。平均情绪相近的两个接触点，差异大的那一个更值得查：同一服务有人高兴有人恼火，往往是执行不稳定。何时不要轻信：心情好的客户处处打分都高。来源：Oliver（1997）区分感知、情绪与满意。

# %% [markdown] tags=["en"]
# ### Perception, emotion and satisfaction
#
# Three things, kept apart: what customers noticed (perception), how they felt (emotion), how they judge it afterwards (satisfaction). Of two touchpoints with the same mean feeling look into the one with more spread: when a service pleases some and upsets others, its delivery is often unsteady. When not to trust it: customers in a good mood rate everything high. Source: Oliver (1997) on perception, emotion and satisfaction.

# %%
perceived = client.scale("perception")
felt = kt.feelings(client.feedback, scale=scale, perception_scale=perceived, min_n=min_n)
kt.plot_feelings(felt)
kt.say(kt.feeling_findings(felt))
kt.show(
    felt,
    "feelings",
    columns=["touchpoint_id", "affect", "affect_sd", "perception", "score", "n", "n_score"],
    top=40,
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 各种识别方法说的一样吗
#
# 识别关键时刻没有公认的一套方法，这里把五种并排：推算的重要性、惩罚—奖励对比、转折点、关键事件、Kano。几种方法各看一面，指向同一处时更可信；说法不一时，先弄清楚为什么。何时不要相信：它们不是五次独立的投票，多数用的是同一批客户的回答。来源：方法的组合是本书的；Flanagan（1954）、Brandt（1987）、Kano 等（1984）。

# %% [markdown] tags=["en"]
# ## Do the methods of identification agree?
#
# There is no settled way to find moments of truth, so five stand side by side: derived importance, penalty–reward contrast, turning points, critical incidents, Kano. Each sees one side; where they point at the same place it is more credible, and where they differ the first question is why. When not to trust it: these are not five independent votes, since most rest on answers of the same customers. Source: the combination is ours; Flanagan (1954), Brandt (1987), Kano et al. (1984).

# %%
methods = kt.find_methods(client, keys, turns=turns, impacts=impacts)
kt.show(methods, "moment_methods", top=40)

# %% [markdown] tags=["zh"]
# ## 想看哪一格，就切哪一格
#
# 所有指标先按接触点、客户群、渠道和周汇总成一张总表，再按任意维度切开；切出来的得分和区间与直接计算完全一致。人数太少的格子不展示。何时不要相信：切得越细，越容易碰巧出现一个很低的格子，所以句子里写明共比较了多少格，以及它确实最低的概率。来源：Gray 等（1997）。

# %% [markdown] tags=["en"]
# ## Cut the figures any way
#
# All figures are summed up once by touchpoint, segment, channel and week, and can then be cut along any of these; a slice has just the score and interval that a direct calculation gives. Cells with too few answers are not shown. When not to trust it: the finer the cut, the likelier one cell is low by chance, so the sentence says how many were compared and how likely it is the lowest. Source: Gray et al. (1997).

# %%
cube = kt.find_cube(client)
cells = kt.slice_cube(cube, by=["segment", "channel"], scale=scale, min_n=min_n)
kt.plot_slice(cells, scale=scale)
kt.say(kt.cube_findings(cells))
kt.show(cells, "slice", twin=True)

# %% [markdown] tags=["zh"]
# ## 机会点
#
# 痛点说哪里疼，机会点说哪里值得多做：一类是“提升”，关键接触点的得分还低于目标（全部接触点得分的上四分位）；一类是“推广”，它对总体满意度确有独立影响、得分也高于中位，却有一半以上的旅程没有用到。每一条都有编号、数字和区间，旅程地图按编号引用。何时不要相信：目标取自本企业自己的接触点，不代表行业水平；“推广”的好评来自用过的人，没用过的人未必同样喜欢。来源：单侧 t 检验，Benjamini 与 Hochberg（1995）校正；目标的算法见 Efron 与 Morris（1975）；规则是本书的。

# %% [markdown] tags=["en"]
# ## Opportunity points
#
# Pain points say where it hurts, opportunity points where more would pay. “Lift”: a key touchpoint whose score is still below the target, the upper quartile of all touchpoints' scores. “Spread”: a touchpoint that adds to overall satisfaction in its own right, is scored above the median, and is met by under half the journeys. Each has a number, a figure and an interval, and the map names it by its number. When not to trust it: the target comes from the company's own touchpoints and says nothing about the industry; the praise of a touchpoint comes from those who used it, and others may like it less. Source: one-sided t tests, corrected after Benjamini & Hochberg (1995); the target after Efron & Morris (1975); the rule is ours.

# %%
chances = kt.find_chances(client, keys=keys, min_n=min_n)
columns = ["evidence_id", "touchpoint_id", "opportunity", "kpi", "value", "n", "sure"]
kt.show(chances, "opportunity_points", columns=columns)

# %% [markdown] tags=["zh"]
# ## 旅程地图
#
# 一页看全，可打印成 A3 贴在墙上：客户怎么走、说了什么，前台接触点（★ 为关键接触点）、情感曲线、可视线之下的后台、承诺与等待、痛点、机会点和证据等级。何时不要相信：斜线处没有数据支撑，只是假设；C 级来自少量、过时或自愿留下的反馈，先补数据再作决定。来源：旅程地图与服务蓝图沿用 Shostack（1984）、Bitner 等（2008）；证据等级的规则是本书的。

# %% [markdown] tags=["en"]
# ## The journey map
#
# All on one page, to be printed on A3 and pinned to the wall: what customers do and say, frontstage touchpoints (★: key), the affect curve, the backstage below the line of visibility, promises and waits, pain points, opportunities, and how well each number is founded. When not to trust it: hatched cells rest on no data and are assumptions; grade C comes from few, old or volunteered answers, so gather data before you decide. Source: maps and blueprints after Shostack (1984) and Bitner et al. (2008); the grading rule is ours.

# %%
lanes = {"delays": delays, "service": service, "funnel": funnel}
journey = kt.map_journey(client, keys=keys, **lanes, min_n=min_n)
drawn = kt.plot_journey_map(journey, scale=scale)
kt.save_picture(drawn, "journey_map")
kt.browse_map(journey, scale=scale)
kt.show_map(journey)

# %% [markdown] tags=["zh"]
# ## 服务蓝图
#
# 同一段旅程换成企业的视角：客户看得到什么、做什么，前台谁接待，后台谁支撑，哪些承诺的时间没有做到。线连着谁支撑谁，改前台之前先看它靠什么。何时不要相信：谁支撑谁来自接触点清单，数据本身看不出来；承诺与实际从客户的上一步算起，没有时间记录的步骤不计。来源：Shostack（1984）；Bitner、Ostrom 与 Morgan（2008）。

# %% [markdown] tags=["en"]
# ## The service blueprint
#
# The same journey from the company's side: what customers see and do, who meets them, who supports that backstage, and which promised times were not kept. Lines tie what supports what: before you change a front, look at what it stands on. When not to trust it: what supports what comes from the inventory, data can't show it; promised and actual times count from the customer's step before, and steps without a clock don't count. Source: Shostack (1984); Bitner, Ostrom & Morgan (2008).

# %%
times = kt.promised_times(client.interactions)
blueprint = kt.plot_service_blueprint(journey, times)
kt.save_picture(blueprint, "service_blueprint")
kt.show(times, "promised_times", twin=True)

# %% [markdown] tags=["zh"]
# ## 各客户群的旅程
#
# 同一张地图，分客户群来看：每群一条情感曲线，阶段、接触点和量表都相同，灰线是人数最多的一群。何时不要相信：各群的差别不只在旅程，打分习惯、去过的网点也不同，差异不等于因果；样本不足的点颜色变浅，过少的不显示。来源：t 区间。

# %% [markdown] tags=["en"]
# ## The journey of each group
#
# The same map, group by group: one affect curve each over the same stages, touchpoints and scale; the grey line is the largest group's. When not to trust it: groups differ in more than their journey - in how they score, in which branches they visit - so a difference is no effect; points of few answers are pale, of very few left out. Source: Student's t intervals.

# %%
said = kt.with_segment(client.feedback, client)
curves = kt.journey_curves(said, client.touchpoints, stages=client.stages, scale=scale, min_n=min_n)
kt.plot_journey_curves(curves, scale=scale)
kt.show(curves, "journey_curves", top=40, twin=True)

# %% [markdown] tags=["zh"]
# 答题最多的两个客户群差在哪里？左边是得分之差，右边是触达之差，有颜色的才是确定的差别。

# %% [markdown] tags=["en"]
# Where do the two groups with the most answers differ? Scores on the left, reach on the right; only what is coloured is a sure difference.

# %%
differing = kt.find_difference(client, min_n=min_n)
kt.plot_map_difference(differing)
kt.say(kt.difference_findings(differing))
kt.show_difference(differing, "map_difference")

# %% [markdown] tags=["zh"]
# ## 前后两段时间的旅程
#
# 把全部评分按时间分成前后两半，看哪些接触点变好、哪些变差（后一半减前一半）。何时不要相信：客户构成、季节和问卷都可能变了，前后之差不等于某项措施的效果；要评效果，看改进一章的对照设计。来源：Welch（1947）；Newcombe（1998）；Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ## The journey before and after
#
# All answers split into an earlier and a later half: which touchpoints got better, which worse (later minus earlier). When not to trust it: customers, season and questionnaire may have changed too, so a difference is not the effect of a measure; for effects see the comparison designs of the improvement chapter. Source: Welch (1947); Newcombe (1998); Benjamini & Hochberg (1995).

# %%
changed = kt.find_difference(client, by="half", min_n=min_n)
kt.plot_map_difference(changed, by="half")
kt.say(kt.difference_findings(changed, by="half"))
kt.show_difference(changed, "map_change")

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章听客户怎么说：打了多少分，写了什么。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter listens to customers: what they score, and what they write.

# %%
kt.recap()
